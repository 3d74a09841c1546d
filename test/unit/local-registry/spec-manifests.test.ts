import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { OCI_INDEX, OCI_MANIFEST } from "../../../shared/domain/manifest.ts";
import { CONFIG, describeBytes, digestOf, LAYER, pushBlob } from "../../fakes/pusher.ts";
import { type ServedRegistry, serveRegistry } from "../../fakes/served-registry.ts";
import { askRow, type Row } from "./spec-row.ts";

const MISSING = digestOf("nobody pushed this");
const DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
const SUBJECT = { mediaType: OCI_MANIFEST, digest: MISSING, size: 3 };
const config = describeBytes("{}", CONFIG);
const image = (more: object = {}) => JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [], ...more });
const index = (manifests: readonly object[]) => JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests });
const put = (tag: string, body: string, headers: Record<string, string> = { "content-type": OCI_MANIFEST }) =>
  ({ ask: ["PUT", `/v2/shop/api/manifests/${tag}`], body, headers }) as const;

const ROWS: readonly Row[] = [
  {
    rule: "a manifest by tag",
    ...put("t1", image()),
    status: 201,
    answer: { "docker-content-digest": digestOf(image()), location: `/v2/shop/api/manifests/${digestOf(image())}`, "oci-subject": null },
  },
  { rule: "a manifest by digest", ...put(digestOf(image()), image()), status: 201, answer: { "docker-content-digest": digestOf(image()) } },
  {
    rule: "a manifest by sha512 digest",
    ...put(digestOf(image(), "sha512"), image()),
    status: 201,
    answer: { "docker-content-digest": digestOf(image(), "sha512") },
  },
  {
    rule: "a manifest by digest with tags",
    ...put(`${digestOf(image())}?tag=a&tag=b`, image()),
    status: 201,
    answer: { "oci-tag": "a, b" },
  },
  { rule: "a tag beside a digest is checked", ...put(`${digestOf(image())}?tag=.bad`, image()), status: 400, code: "TAG_INVALID" },
  { rule: "a tag that begins with a dot is refused", ...put(".bad", image()), status: 400, code: "TAG_INVALID" },
  { rule: "invalid-digest-format on PUT", ...put("sha256:baddigeststring", image()), status: 400, code: "DIGEST_INVALID" },
  {
    rule: "invalid-digest-format on GET",
    ask: ["GET", "/v2/shop/api/manifests/sha256:baddigeststring"],
    status: 400,
    code: "DIGEST_INVALID",
  },
  { rule: "a manifest of another digest is refused", ...put(MISSING, image()), status: 400, code: "DIGEST_INVALID" },
  {
    rule: "missing blobs are refused",
    ...put("t2", image({ layers: [{ mediaType: LAYER, digest: MISSING, size: 3 }] })),
    status: 400,
    code: "MANIFEST_BLOB_UNKNOWN",
  },
  {
    rule: "missing children are refused",
    ...put("t2", index([SUBJECT]), { "content-type": OCI_INDEX }),
    status: 400,
    code: "MANIFEST_BLOB_UNKNOWN",
  },
  {
    rule: "layers that lie elsewhere may be missing",
    ...put("t3", image({ layers: [{ mediaType: LAYER, digest: MISSING, size: 3, urls: ["https://example.com/layer"] }] })),
    status: 201,
  },
  {
    rule: "non-distributable layers may be missing",
    ...put("t3", image({ layers: [{ mediaType: "application/vnd.oci.image.layer.nondistributable.v1.tar", digest: MISSING, size: 3 }] })),
    status: 201,
  },
  {
    rule: "a subject may be missing, and is confirmed",
    ...put("t4", image({ subject: SUBJECT })),
    status: 201,
    answer: { "oci-subject": MISSING },
  },
  { rule: "an index of nothing", ...put("t5", index([]), { "content-type": OCI_INDEX }), status: 201 },
  {
    rule: "parameters of the content type are ignored",
    ...put("t6", image(), { "content-type": `${OCI_MANIFEST}; charset=utf-8` }),
    status: 201,
  },
  {
    rule: "docker's manifest is taken",
    ...put("t7", image({ mediaType: DOCKER_MANIFEST }), { "content-type": DOCKER_MANIFEST }),
    status: 201,
  },
  {
    rule: "a type that contradicts the content is refused",
    ...put("t8", image(), { "content-type": OCI_INDEX }),
    status: 400,
    code: "MANIFEST_INVALID",
  },
  {
    rule: "a manifest that is an index as well is refused",
    ...put("t8", image({ manifests: [SUBJECT] })),
    status: 400,
    code: "MANIFEST_INVALID",
  },
  {
    rule: "a document without a schema version is refused",
    ...put("t8", "{}", { "content-type": "application/json" }),
    status: 400,
    code: "MANIFEST_INVALID",
  },
  {
    rule: "an unknown media type is refused",
    ...put("t8", '{"schemaVersion":2}', { "content-type": "application/json" }),
    status: 415,
    code: "MANIFEST_INVALID",
  },
  { rule: "what is not JSON is refused", ...put("t8", "{"), status: 400, code: "MANIFEST_INVALID" },
  {
    rule: "a layer without a digest is refused",
    ...put("t8", image({ layers: [{ mediaType: LAYER, size: 3 }] })),
    status: 400,
    code: "DIGEST_INVALID",
  },
  { rule: "a manifest without a config is refused", ...put("t8", image({ config: undefined })), status: 400, code: "MANIFEST_INVALID" },
  {
    rule: "four MiB of manifest are taken",
    ...put("t9", image({ annotations: { long: "x".repeat(4 * 1024 * 1024 - 512) } })),
    status: 201,
  },
  {
    rule: "more are not",
    ...put("t9", image({ annotations: { long: "x".repeat(4 * 1024 * 1024) } })),
    status: 413,
    code: "MANIFEST_INVALID",
  },
  { rule: "a missing manifest is unknown", ask: ["GET", "/v2/shop/api/manifests/none"], status: 404, code: "MANIFEST_UNKNOWN" },
  { rule: "so it is by digest", ask: ["HEAD", `/v2/shop/api/manifests/${MISSING}`], status: 404 },
  {
    rule: "a tag that is not there cannot be deleted",
    ask: ["DELETE", "/v2/shop/api/manifests/none"],
    status: 404,
    code: "MANIFEST_UNKNOWN",
  },

  {
    rule: "referrers of nothing are an empty index",
    ask: ["GET", `/v2/shop/none/referrers/${digestOf("?")}`],
    status: 200,
    answer: { "content-type": OCI_INDEX },
  },
  {
    rule: "a filter is confirmed",
    ask: ["GET", `/v2/shop/api/referrers/${MISSING}?artifactType=a/b`],
    status: 200,
    answer: { "oci-filters-applied": "artifactType" },
  },
  {
    rule: "referrers of a malformed digest are refused",
    ask: ["GET", "/v2/shop/api/referrers/latest"],
    status: 400,
    code: "DIGEST_INVALID",
  },
  { rule: "tags of an unknown repository are not found", ask: ["GET", "/v2/shop/none/tags/list"], status: 404, code: "NAME_UNKNOWN" },
  { rule: "a page of no number is refused", ask: ["GET", "/v2/shop/api/tags/list?n=x"], status: 400, code: "PAGINATION_NUMBER_INVALID" },
];

describe("the embedded registry keeps to distribution-spec 1.1.1 for manifests and lists:", () => {
  let registry: ServedRegistry;
  beforeAll(async () => {
    registry = await serveRegistry();
    await pushBlob(registry, "shop/api", "{}", CONFIG);
  });
  afterAll(() => registry.close());

  test.each(ROWS)("$rule", async (row) => {
    const { came, due } = await askRow(registry, row);
    expect(came).toEqual(due);
  });
});
