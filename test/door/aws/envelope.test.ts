import { describe, expect, test } from "vitest";
import { canaryText, readMessage, readTask, readTold, startOf } from "../../../functions/aws/envelope.ts";
import { AdapterError } from "../../../shared/ports/adapter-error.ts";
import { imageAction } from "../../fixtures/aws-events.ts";
import { sqsRecord } from "./woken.ts";

const toldOf = (body: string) => readTold(readMessage(sqsRecord(body, { id: "record-7" })));

function codeOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof AdapterError) return `${error.code} ${error.message.includes("record-7") ? "named" : "nameless"}`;
    throw error;
  }
  return "read";
}

describe("a record of the queue", () => {
  test("keeps the bytes of its body as they were sent, and says how often and since when it is received", () => {
    const body = JSON.stringify(imageAction("PUSH", { "repository-name": "ünicode/ü" }));
    const message = readMessage(sqsRecord(body, { id: "a", receives: 4, sentAt: 1_795_000_000_123 }));
    expect(message).toMatchObject({ record: "a", receives: 4, sentAt: 1_795_000_000_123 });
    expect(Buffer.from(message.body).toString("utf8")).toBe(body);
  });

  test.each([
    ["no JSON", "malformed named"],
    ["", "malformed named"],
    ["[1]", "malformed named"],
    ['"text"', "malformed named"],
    ["null", "malformed named"],
    ['{"a":1,"a":2}', "malformed named"],
    [`{"a":${"[".repeat(70)}${"]".repeat(70)}}`, "malformed named"],
    [`{"a":"${"x".repeat(1_048_576)}"}`, "too-large named"],
  ])("that holds no event is refused under its own name: %#", (body, code) => {
    expect(codeOf(() => toldOf(body))).toBe(code);
  });

  test("of the largest size that EventBridge carries is read", () => {
    const body = `{"a":"${"x".repeat(1_048_576 - 8)}"}`;
    expect(Buffer.byteLength(body)).toBe(1_048_576);
    expect(toldOf(body)).toEqual({ kind: "delivery" });
  });

  test("with counts that are no numbers counts as received once", () => {
    const record = sqsRecord("{}");
    expect(readMessage({ ...record, attributes: { ...record.attributes, ApproximateReceiveCount: "many" } }).receives).toBe(1);
  });

  test("is a canary only by a whole id", () => {
    const id = "0d4b3c0e-8a51-4d5c-9f0e-0a6d3b1c2e3f";
    expect(toldOf(canaryText(id))).toEqual({ kind: "canary", id });
    expect(toldOf(canaryText("../../else"))).toEqual({ kind: "delivery" });
  });
});

describe("the input of a schedule", () => {
  test("names one task of those there are", () => {
    expect(readTask({ task: "sweep" }, ["sweep", "feeds"])).toBe("sweep");
    for (const input of [{ task: "toString" }, { task: ["sweep"] }, {}, null, "sweep", { Task: "sweep" }])
      expect(() => readTask(input, ["sweep", "feeds"])).toThrow(AdapterError);
  });
});

describe("records of a stream", () => {
  test("come again from the first on", () => {
    expect(startOf([{ dynamodb: { SequenceNumber: "111" } }, { dynamodb: { SequenceNumber: "222" } }])).toBe("111");
    expect(startOf([])).toBeUndefined();
  });
});
