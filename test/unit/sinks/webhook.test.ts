import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { Webhook } from "standardwebhooks";
import { describe, expect, test } from "vitest";
import { link } from "../../../shared/audit/chain.ts";
import { parked } from "../../../shared/audit/record.ts";
import type { JournalEntry } from "../../../shared/domain/audit-event.ts";
import { AdapterError } from "../../../shared/ports/adapter-error.ts";
import type { SinkSettings } from "../../../shared/ports/audit-sink.ts";
import { bundle, webhook, webhookId } from "../../../shared/sinks/webhook/index.ts";
import { parseWebhookSecret, signWebhook } from "../../../shared/sinks/webhook/sign.ts";
import { at } from "../../fixtures/records.ts";

const secretOf = (bytes: number): string => `whsec_${randomBytes(bytes).toString("base64")}`;
const SECRET = secretOf(32);

function entries(count: number, why = "tried"): readonly JournalEntry[] {
  return Array.from({ length: count }, (_, number) => ({
    sequence: number + 1,
    ...link(undefined, parked({ work: `work ${number}`, why, at: at(number) })),
  }));
}

describe("signature", () => {
  test("the reference library takes it, whatever the body and the length of the key", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 24, max: 64 }), (body, length) => {
        const secret = secretOf(length);
        const now = Math.floor(Date.now() / 1000);
        const headers = {
          "webhook-id": "evt_1",
          "webhook-timestamp": String(now),
          "webhook-signature": signWebhook([parseWebhookSecret(secret)], "evt_1", now, Buffer.from(body)),
        };
        new Webhook(secret).verify(body, headers, { jsonParse: false });
        expect(() => new Webhook(secret).verify(`${body}x`, headers, { jsonParse: false })).toThrow("No matching signature");
        expect(() => new Webhook(secretOf(32)).verify(body, headers, { jsonParse: false })).toThrow("No matching signature");
      }),
      { numRuns: 50 },
    );
  });

  test("while a key is rotated, who has either key can verify", () => {
    const [old, young] = [secretOf(24), secretOf(64)];
    const now = Math.floor(Date.now() / 1000);
    const signature = signWebhook([young, old].map(parseWebhookSecret), "evt_1", now, Buffer.from("{}"));
    const headers = { "webhook-id": "evt_1", "webhook-timestamp": String(now), "webhook-signature": signature };
    for (const secret of [old, young]) expect(new Webhook(secret).verify("{}", headers)).toEqual({});
    expect(signature.split(" ")).toHaveLength(2);
  });

  test.each([
    "",
    "whsec_",
    randomBytes(32).toString("base64"),
    secretOf(23),
    secretOf(65),
    "whsec_not base64 at all, but long enough for that",
    `whsk_${randomBytes(32).toString("base64")}`,
  ])("a secret that is none of the standard is refused and not repeated: %#", (secret) => {
    const refused = refusalOf(() => parseWebhookSecret(secret));
    expect(refused.code).toBe("malformed");
    expect(`${refused.message} ${refused.mend}`.replaceAll("whsec_", "")).not.toContain(secret.replace("whsec_", "") || "whsec_");
  });
});

function refusalOf(parse: () => unknown): AdapterError {
  try {
    parse();
  } catch (error) {
    if (error instanceof AdapterError) return error;
  }
  throw new Error("the secret was taken");
}

describe("body", () => {
  test("is an OCSF bundle, also for one event", () => {
    for (const count of [1, 3]) {
      const document: unknown = JSON.parse(Buffer.from(bundle(entries(count), "1.2.3").body).toString());
      expect(document).toMatchObject({ start_time: at(0), end_time: at(count - 1), count });
      expect(document).toHaveProperty("events.length", count);
    }
  });

  test("takes as many entries as fit, and one that is too large alone", () => {
    const large = entries(100, "x".repeat(900)).map((entry) => ({
      ...entry,
      event: { ...entry.event, work: "w".repeat(5_000) } as JournalEntry["event"],
    }));
    const { body, count } = bundle(large, "1.2.3");
    expect(count).toBeGreaterThan(1);
    expect(count).toBeLessThan(100);
    expect(body.length).toBeLessThanOrEqual(240 * 1024 + 200);
  });
});

describe("id", () => {
  test("is the same for the same batch, has no dot, and differs between batches", () => {
    const batch = entries(5);
    expect(webhookId(batch)).toBe(webhookId(entries(5)));
    const ids = [batch, batch.slice(1), batch.slice(0, 4), batch.slice(0, 1)].map(webhookId);
    expect(new Set(ids).size).toBe(4);
    for (const id of ids) expect(id).toMatch(/^evt_[0-9a-f-]{36}$/);
  });

  test("of one event is the event's", () => {
    const [entry] = entries(1);
    expect(webhookId(entries(1))).toBe(`evt_${entry?.event.id}`);
  });
});

describe("settings that can never work are refused at once", () => {
  const settings: SinkSettings = { name: "siem", url: "https://siem.example/hook", secrets: [SECRET], plainHttp: false, version: "1.2.3" };
  test.each<readonly [string, Partial<SinkSettings>]>([
    ["plain HTTP", { url: "http://siem.example/hook" }],
    ["plain HTTP elsewhere, though it is allowed", { url: "http://siem.example/hook", plainHttp: true }],
    ["plain HTTP on this machine that nobody allowed", { url: "http://127.0.0.1:9/hook" }],
    ["another scheme", { url: "file:///etc/passwd" }],
    ["no address", { url: "" }],
    ["no secret", { secrets: [] }],
  ])("%s", (_, wrong) => {
    expect(() => webhook.open({ ...settings, ...wrong })).toThrow(expect.objectContaining({ code: "malformed" }));
  });

  test("https, and plain HTTP on this machine where it is allowed, are taken", () => {
    expect(webhook.open(settings).name).toBe("siem");
    expect(webhook.open({ ...settings, url: "http://127.0.0.1:9/hook", plainHttp: true }).name).toBe("siem");
  });
});
