import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { placeOf, readFunctionSettings } from "../../../functions/aws/environment.ts";
import { headSigner } from "../../../functions/aws/journal-key.ts";
import { once } from "../../../functions/aws/once.ts";
import { withSecrets } from "../../../functions/aws/secrets.ts";
import { inTime } from "../../../functions/aws/turn.ts";
import { wire } from "../../../functions/aws/wire.ts";
import { wireForward } from "../../../functions/aws/wire-forward.ts";
import { headSignature, verifyLedger } from "../../../shared/compose/verify-journal.ts";
import { ParseError } from "../../../shared/domain/parse-error.ts";
import { AdapterError } from "../../../shared/ports/adapter-error.ts";
import { openHandClock } from "../../fakes/clock.ts";
import { HOST } from "../../fixtures/aws-events.ts";
import { keyOf, NOW, recordOf } from "../../fixtures/records.ts";
import { SETTINGS } from "./door-gate.ts";

const POLICY =
  "apiVersion: moorgate.dev/v1\nkind: Policy\nmetadata: { name: door }\nmode: enforce\nrules: [{ id: age, rule: image-age, maxAge: 1d }]\n";
const KEYS = generateKeyPairSync("ed25519");
const KEY = KEYS.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const SECRET = "hush-this-is-secret";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "moorgate-wire-"));
  writeFileSync(join(dir, "policy.yaml"), POLICY);
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function environment(settings: string, more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  writeFileSync(join(dir, "moorgate.yaml"), `${SETTINGS}${settings}`);
  return {
    MOORGATE_STORE: join(dir, "ledger.db"),
    MOORGATE_POLICY: join(dir, "policy.yaml"),
    MOORGATE_SETTINGS: join(dir, "moorgate.yaml"),
    MOORGATE_TRUST_ROOTS: join(dir, "roots"),
    MOORGATE_LOG: "silent",
    ...more,
  };
}

describe("the environment of a function", () => {
  test("may name the table, or leave that to the settings", () => {
    const table = "dynamodb://eu-central-1/moorgate";
    expect(placeOf(readFunctionSettings({ MOORGATE_STORE: table }), "dynamodb://eu-central-1/other")).toBe(table);
    expect(placeOf(readFunctionSettings({ MOORGATE_STORE: "" }), table)).toBe(table);
    expect(() => placeOf(readFunctionSettings({}), undefined)).toThrow(ParseError);
  });

  test.each([[{ MOORGATE_EVENTS_QUEUE: "moorgate-events" }], [{ MOORGATE_LOG: "loud" }]])(
    "with a value that means nothing is refused: %o",
    (wrong) => {
      expect(() => readFunctionSettings(wrong)).toThrow(ParseError);
    },
  );
});

describe("the secret", () => {
  test("is asked for only where one is named, and its members are read like the environment", async () => {
    const never = async (): Promise<never> => {
      throw new Error("asked");
    };
    expect(await withSecrets({ A: "1" }, undefined, never)).toEqual({ A: "1" });
    expect(await withSecrets({ A: "1" }, "arn:secret", async (id) => JSON.stringify({ B: id }))).toEqual({ A: "1", B: "arn:secret" });
  });

  test("changes nothing that the environment sets", async () => {
    const text = JSON.stringify({ MOORGATE_STORE: "elsewhere", AWS_ACCESS_KEY_ID: "theirs", B: "2" });
    const own = { MOORGATE_STORE: "here", AWS_ACCESS_KEY_ID: "ours" };
    expect(await withSecrets(own, "s", async () => text)).toEqual({ ...own, B: "2" });
  });

  test.each([undefined, SECRET, `["${SECRET}"]`, `{"A":{"B":"${SECRET}"}}`, `{"A":12}`, `{"A":"${SECRET}","A":"2"}`])(
    "that is no object of texts is refused, and nothing of it is quoted: %#",
    async (text) => {
      const refused = await withSecrets({}, "s", async () => text).then(
        () => "taken",
        (error: unknown) => String(error),
      );
      expect(refused).not.toBe("taken");
      expect(refused).not.toContain(SECRET);
    },
  );
});

describe("the key of the journal", () => {
  test("is wanted by whoever writes, and quoted by nobody", () => {
    const rsa = generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    for (const key of [undefined, SECRET, rsa]) {
      const told = key === undefined ? {} : { MOORGATE_JOURNAL_KEY: key };
      expect(() => headSigner(told)).toThrow(ParseError);
      expect(() => headSigner(told)).not.toThrow(SECRET);
    }
  });
});

describe("the parts of a function", () => {
  test("are put together from the environment and the package, and sign the journal with the key", async () => {
    const clock = openHandClock(NOW);
    const { gate, store } = await wire(
      environment("registries: [{ host: registry.example, takeOver: at-once }]\n", { MOORGATE_JOURNAL_KEY: KEY }),
      clock,
    );
    expect([...gate.deps.registries.keys()]).toEqual(["registry.example"]);
    const pem = KEYS.publicKey.export({ type: "spki", format: "pem" }).toString();
    const { problems, entries, signed, chains } = await verifyLedger(store.ledger, headSignature(pem));
    expect(problems).toEqual([]);
    expect(entries).toBeGreaterThan(0);
    expect(signed).toBe(chains);
    await store.close();
  });

  test("write no step of a call whose time is over", async () => {
    const { gate, store } = await wire(environment("registries: []\n", { MOORGATE_JOURNAL_KEY: KEY }), openHandClock(NOW));
    const image = recordOf(keyOf("a"));
    const commit = () => gate.deps.ledger.commit({ image, intents: [], outcomes: [], journal: [] });
    const [over, begun] = [new AbortController(), Promise.withResolvers<void>()];
    const hanging = Promise.withResolvers<string>();
    const call = async (): Promise<string> => {
      await begun.promise;
      commit().then(hanging.resolve, hanging.reject);
      return "done";
    };
    const answered = inTime({ signal: over.signal }, call, () => "over");
    over.abort();
    expect(await answered).toBe("over");
    begun.resolve();
    await expect(hanging.promise).rejects.toThrow(AdapterError);
    expect(await inTime({ signal: new AbortController().signal }, commit, () => "over")).toBe("committed");
    await store.close();
  });

  test("know the roles of the functions, so that none takes for somebody else's what another one did", async () => {
    const registries = `registries: [{ host: ${HOST}, provider: ecr, takeOver: at-once }, { host: registry.example, takeOver: at-once }]\n`;
    const roles = "arn:aws:iam::123456789012:role/gate-event, arn:aws:iam::123456789012:role/gate-schedule,";
    const { gate, store } = await wire(environment(registries, { MOORGATE_JOURNAL_KEY: KEY, MOORGATE_ROLES: roles }), openHandClock(NOW));
    const watched = [...gate.deps.registries.values()];
    expect(watched.map(({ gateActors }) => gateActors)).toEqual([
      ["arn:aws:sts::123456789012:assumed-role/gate-event", "arn:aws:sts::123456789012:assumed-role/gate-schedule"],
      [],
    ]);
    await store.close();
  });

  test("forget after a while what another function changed, so that a take-over somebody confirmed is heard of", async () => {
    const clock = openHandClock(NOW);
    const here = environment("registries: [{ host: registry.example, mode: enforce }]\n", { MOORGATE_JOURNAL_KEY: KEY });
    const [one, other] = [await wire(here, clock), await wire(here, clock)];
    const [host] = one.gate.deps.registries.keys();
    if (host === undefined) throw new Error("no registry");
    await one.gate.deps.standings.change(host, () => ({ kind: "in-charge", since: NOW, how: "empty" }));
    await other.freshen();
    expect(other.gate.deps.registries.get(host)?.mode).toBe("dry-run");
    clock.forward(30_000);
    await other.freshen();
    expect(other.gate.deps.registries.get(host)?.mode).toBe("enforce");
    await Promise.all([one.store.close(), other.store.close()]);
  });

  test("of the forwarding door need no key, no policy and no secret but those of sinks", async () => {
    const sinks = "sinks: [{ name: siem, kind: webhook, url: https://siem.example/, secret: env:SIEM }]\n";
    const people = "people: [{ name: ada, token: env:ADA, roles: [reader] }]\n";
    const { sinks: opened } = await wireForward(
      { ...environment(`${sinks}${people}`), MOORGATE_POLICY: "none", SIEM: `whsec_${Buffer.alloc(24, 1).toString("base64")}` },
      openHandClock(NOW),
    );
    expect(opened.map(({ name }) => name)).toEqual(["siem"]);
  });
});

test("what is made once is made again only after it failed", async () => {
  let made = 0;
  const get = once(async () => {
    made += 1;
    if (made === 1) throw new Error("not yet");
    return made;
  });
  await expect(Promise.all([get(), get()])).rejects.toThrow("not yet");
  expect([await get(), await get(), made]).toEqual([2, 2, 2]);
});
