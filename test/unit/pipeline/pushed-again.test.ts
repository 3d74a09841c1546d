import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { buildIndex } from "../../../functions/local/samples/image.ts";
import { parseRepository } from "../../../shared/domain/image-ref.ts";
import { imageNamed, pull, SIGNED_POLICY, type SmallGate, startSmallGate } from "../../fakes/small-gate.ts";

const ACTOR = { name: "operator", reason: "because the test says so" };
const AMD64 = { os: "linux", architecture: "amd64" };
const REPOSITORY = parseRepository("shop/api");

let gate: SmallGate;
beforeEach(async () => {
  gate = await startSmallGate();
});
afterEach(() => gate.stop());

describe("the embedded registry serves what is held to nobody but the gate", () => {
  test("between the push of a held image and its next hold", async () => {
    const image = imageNamed("stubborn");
    const key = await gate.push("shop/api", "1.0", image);
    await gate.drain();
    await gate.push("shop/api", "again", image);
    for (const reference of ["again", key.digest]) {
      const answer = await fetch(`http://${gate.host}/v2/shop/api/manifests/${reference}`, {
        headers: { accept: image.manifest.mediaType },
      });
      const { errors } = (await answer.json()) as { readonly errors: readonly { readonly code: string; readonly message: string }[] };
      expect([answer.status, errors[0]?.code]).toEqual([403, "DENIED"]);
      expect(errors[0]?.message).toContain("held");
    }
    const { registry } = gate.gate.deps.registries.get(key.registry) ?? {};
    expect((await registry?.manifest(REPOSITORY, key.digest))?.digest).toBe(key.digest);
    await gate.drain();
    expect((await gate.record(key)).hold).toMatchObject({ kind: "held", strength: "hidden" });
  });

  test("and to everybody again once it is released", async () => {
    const key = await gate.push("shop/api", "1.0", imageNamed("released"));
    await gate.drain();
    await gate.gate.operator.release({ image: key, actor: ACTOR });
    for (const reference of ["1.0", key.digest]) expect(await pull(gate, "shop/api", reference)).toBeDefined();
  });

  test("also where a held index needs the released image, whose copy stays for it", async () => {
    const child = imageNamed("child");
    const childKey = await gate.push("shop/api", "arm", child);
    const index = await gate.push("shop/api", "1.0", { manifest: buildIndex([{ image: child, platform: AMD64 }]), blobs: [] });
    await gate.drain();
    expect(await pull(gate, "shop/api", childKey.digest)).toBeUndefined();
    await gate.gate.operator.release({ image: childKey, actor: ACTOR });
    expect(await pull(gate, "shop/api", "arm")).toBeDefined();
    expect(await pull(gate, "shop/api", index.digest)).toBeUndefined();
    await gate.gate.operator.release({ image: index, actor: ACTOR });
    for (const reference of ["1.0", "arm", index.digest, childKey.digest]) expect(await pull(gate, "shop/api", reference)).toBeDefined();
  });

  test("but not what went to quarantine only because a held index names it", async () => {
    const child = imageNamed("shared");
    const childKey = await gate.push("shop/api", undefined, child);
    const index = await gate.push("shop/api", "1.0", { manifest: buildIndex([{ image: child, platform: AMD64 }]), blobs: [] });
    await gate.push("shop/api", "other", {
      manifest: buildIndex([
        { image: child, platform: AMD64 },
        { image: child, platform: AMD64 },
      ]),
      blobs: [],
    });
    await gate.gate.operator.hold({ image: index, actor: ACTOR });
    expect(await pull(gate, "shop/api", index.digest)).toBeUndefined();
    expect(await pull(gate, "shop/api", childKey.digest)).toBeDefined();
  });
});

describe("an image that is pushed again while it is held", () => {
  test("is held again before anything is gathered to judge it anew", async () => {
    await gate.stop();
    const asked: string[] = [];
    gate = await startSmallGate(SIGNED_POLICY, "off", {
      around: (request, registry) => {
        asked.push(`${request.method} ${new URL(request.url).pathname.split("/").at(-2)}`);
        return registry(request);
      },
    });
    const image = imageNamed("stubborn");
    const key = await gate.push("shop/api", "1.0", image);
    await gate.drain();
    expect(asked.indexOf("GET blobs")).toBeLessThan(asked.indexOf("DELETE manifests"));
    asked.length = 0;
    await gate.push("shop/api", "again", image);
    await gate.drain();
    expect(asked).toContain("DELETE manifests");
    expect(asked.indexOf("DELETE manifests")).toBeLessThan(asked.indexOf("GET blobs"));
    const actions = await gate.store.ledger.actions(key);
    expect(actions.map(({ action, outcome }) => [action.verb, outcome?.kind])).toEqual([
      ["hold", "applied"],
      ["hold", "applied"],
    ]);
    await gate.gate.operator.release({ image: key, actor: ACTOR });
    for (const tag of ["1.0", "again"]) expect(await pull(gate, "shop/api", tag)).toBeDefined();
  });

  test("is not when what it was held for does not stand any more: it is judged first", async () => {
    const image = imageNamed("waived");
    const key = await gate.push("shop/api", "1.0", image);
    await gate.drain();
    gate.writePolicy(SIGNED_POLICY.replace("id: signed", "id: other").replace("grace: 0s", "grace: 0s, level: warn"));
    await gate.push("shop/api", "again", image);
    await gate.drain();
    const actions = await gate.store.ledger.actions(key);
    expect(actions.map(({ action }) => action.verb).toSorted()).toEqual(["hold", "release"]);
    expect(await pull(gate, "shop/api", "again")).toBeDefined();
  });
});
