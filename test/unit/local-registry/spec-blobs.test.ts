import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { digestOf, pushBlob } from "../../fakes/pusher.ts";
import { type ServedRegistry, serveRegistry } from "../../fakes/served-registry.ts";
import { askRow, type Row } from "./spec-row.ts";

const BLOB = Buffer.from(Array.from({ length: 2048 }, (_, place) => place % 251));
const BLOB_DIGEST = digestOf(BLOB);
const MISSING = digestOf("nobody pushed this");
const blob = (range: string) => ({ ask: ["GET", `/v2/shop/api/blobs/${BLOB_DIGEST}`], headers: { range } }) as const;

const ROWS: readonly Row[] = [
  { rule: "the base answers", ask: ["GET", "/v2/"], status: 200 },
  { rule: "what is no endpoint is not found", ask: ["GET", "/v1/search"], status: 404, code: "UNSUPPORTED" },
  { rule: "a repository name in capitals is refused", ask: ["GET", "/v2/Shop/tags/list"], status: 400, code: "NAME_INVALID" },
  {
    rule: "a blob is given whole",
    ask: ["GET", `/v2/shop/api/blobs/${BLOB_DIGEST}`],
    status: 200,
    bytes: BLOB,
    answer: { "docker-content-digest": BLOB_DIGEST, "content-length": "2048" },
  },
  {
    rule: "HEAD of a blob tells its size",
    ask: ["HEAD", `/v2/shop/api/blobs/${BLOB_DIGEST}`],
    status: 200,
    answer: { "content-length": "2048", "docker-content-digest": BLOB_DIGEST },
  },
  { rule: "a colon may come escaped", ask: ["HEAD", `/v2/shop/api/blobs/${BLOB_DIGEST.replace(":", "%3A")}`], status: 200 },
  { rule: "a blob of another repository is unknown", ask: ["GET", `/v2/shop/web/blobs/${BLOB_DIGEST}`], status: 404, code: "BLOB_UNKNOWN" },
  { rule: "a missing blob is unknown", ask: ["GET", `/v2/shop/api/blobs/${MISSING}`], status: 404, code: "BLOB_UNKNOWN" },
  {
    rule: "a blob that the client has is not sent again",
    ask: ["GET", `/v2/shop/api/blobs/${BLOB_DIGEST}`],
    headers: { "if-none-match": `"${BLOB_DIGEST}"` },
    status: 304,
  },
  {
    rule: "range 500-1499 is the middle",
    ...blob("bytes=500-1499"),
    status: 206,
    bytes: BLOB.subarray(500, 1500),
    answer: { "content-range": "bytes 500-1499/2048", "content-length": "1000" },
  },
  {
    rule: "range 500- goes to the end",
    ...blob("bytes=500-"),
    status: 206,
    bytes: BLOB.subarray(500),
    answer: { "content-range": "bytes 500-2047/2048" },
  },
  {
    rule: "range -500 is the end",
    ...blob("bytes=-500"),
    status: 206,
    bytes: BLOB.subarray(1548),
    answer: { "content-range": "bytes 1548-2047/2048" },
  },
  {
    rule: "range 2000-5000 is cut at the end",
    ...blob("bytes=2000-5000"),
    status: 206,
    bytes: BLOB.subarray(2000),
    answer: { "content-range": "bytes 2000-2047/2048" },
  },
  { rule: "range 500-0 cannot be had", ...blob("bytes=500-0"), status: 416, answer: { "content-range": "bytes */2048" } },
  { rule: "range 5000-10000 cannot be had", ...blob("bytes=5000-10000"), status: 416 },
  { rule: "several ranges give the whole", ...blob("bytes=0-1,4-5"), status: 200, bytes: BLOB },
  {
    rule: "a range of what changed gives the whole",
    ask: blob("").ask,
    headers: { range: "bytes=0-9", "if-range": '"other"' },
    status: 200,
    bytes: BLOB,
  },
  {
    rule: "a malformed digest of a blob is refused",
    ask: ["GET", "/v2/shop/api/blobs/sha256:baddigeststring"],
    status: 400,
    code: "DIGEST_INVALID",
  },
  { rule: "a blob is not patched", ask: ["PATCH", `/v2/shop/api/blobs/${BLOB_DIGEST}`], status: 405, code: "UNSUPPORTED" },

  {
    rule: "whole blob in one POST",
    ask: ["POST", `/v2/shop/api/blobs/uploads/?digest=${digestOf("one")}`],
    body: "one",
    status: 201,
    answer: { location: `/v2/shop/api/blobs/${digestOf("one")}`, "docker-content-digest": digestOf("one") },
  },
  {
    rule: "whole blob by sha512",
    ask: ["POST", `/v2/shop/api/blobs/uploads/?digest=${digestOf("one", "sha512")}`],
    body: "one",
    status: 201,
    answer: { "docker-content-digest": digestOf("one", "sha512") },
  },
  { rule: "a blob of no bytes", ask: ["POST", `/v2/shop/api/blobs/uploads/?digest=${digestOf("")}`], body: "", status: 201 },
  {
    rule: "bytes of another digest are refused",
    ask: ["POST", `/v2/shop/api/blobs/uploads/?digest=${MISSING}`],
    body: "one",
    status: 400,
    code: "DIGEST_INVALID",
  },
  {
    rule: "an unknown algorithm is refused",
    ask: ["POST", "/v2/shop/api/blobs/uploads/?digest-algorithm=md5"],
    status: 400,
    code: "DIGEST_INVALID",
  },
  {
    rule: "an unknown session is not found",
    ask: ["PATCH", "/v2/shop/api/blobs/uploads/none"],
    body: "x",
    status: 404,
    code: "BLOB_UPLOAD_UNKNOWN",
  },
  {
    rule: "a mount from a repository that has it",
    ask: ["POST", `/v2/shop/mounted/blobs/uploads/?mount=${BLOB_DIGEST}&from=shop/api`],
    status: 201,
    answer: { location: `/v2/shop/mounted/blobs/${BLOB_DIGEST}` },
  },
  {
    rule: "a mount of what is not there becomes an upload",
    ask: ["POST", `/v2/shop/web/blobs/uploads/?mount=${MISSING}&from=shop/api`],
    status: 202,
  },
  {
    rule: "a mount from nowhere becomes an upload: a digest is no proof of having the bytes",
    ask: ["POST", `/v2/shop/web/blobs/uploads/?mount=${BLOB_DIGEST}`],
    status: 202,
  },
  {
    rule: "a mount from a repository without it becomes an upload",
    ask: ["POST", `/v2/shop/web/blobs/uploads/?mount=${BLOB_DIGEST}&from=shop/none`],
    status: 202,
  },
];

describe("the embedded registry keeps to distribution-spec 1.1.1 for blobs:", () => {
  let registry: ServedRegistry;
  beforeAll(async () => {
    registry = await serveRegistry();
    await pushBlob(registry, "shop/api", BLOB);
  });
  afterAll(() => registry.close());

  test.each(ROWS)("$rule", async (row) => {
    const { came, due } = await askRow(registry, row);
    expect(came).toEqual(due);
  });
});
