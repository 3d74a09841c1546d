import * as fc from "fast-check";
import { expect, test } from "vitest";
import { isDigest } from "../../shared/domain/digest.ts";
import { isRepository } from "../../shared/domain/image-ref.ts";
import { readUsage } from "../../shared/usage/reading.ts";
import { digestOf } from "../fixtures/records.ts";
import { readers, seen } from "../unit/usage/given.ts";

const digest = fc.integer({ min: 0, max: 20 }).map((number) => digestOf(String(number)));
const path = fc.constantFrom("api", "shop/api", "registry.example/shop/api", "localhost:5000/api", "cache/library/nginx");
const reported = fc.oneof(
  fc.tuple(path, digest).map(([name, hash]) => ({ imageID: `${name}@${hash}`, hash })),
  fc.tuple(path, digest).map(([name, hash]) => ({ imageID: `docker-pullable://${name}@${hash}`, hash })),
  fc.constantFrom("", digestOf("config"), "0".repeat(64)).map((imageID) => ({ imageID, hash: undefined })),
);
const container = fc.record({ path, tag: fc.constantFrom("", ":1.0", ":latest"), reported });
const pods = fc.array(fc.array(container, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 6 });

test("of each container that runs either the digest is told or the doubt, and nothing is made up", async () => {
  await fc.assert(
    fc.asyncProperty(pods, async (given) => {
      const items = given.map((containers, index) => ({
        kind: "Pod",
        metadata: { name: `pod-${index}`, namespace: "shop" },
        spec: { containers: containers.map(({ path: name, tag }, at) => ({ name: `c${at}`, image: `${name}${tag}` })) },
        status: {
          phase: "Running",
          containerStatuses: containers.map(({ reported: { imageID } }, at) => ({ name: `c${at}`, imageID })),
        },
      }));
      const usage = await seen([{ apiVersion: "v1", kind: "List", items }]);
      const all = given.flat();
      expect(new Set(usage.images.map((image) => image.digest))).toEqual(new Set(all.flatMap(({ reported: { hash } }) => hash ?? [])));
      for (const [index, containers] of given.entries()) {
        const isDoubted = usage.unmatched.some(({ workload }) => workload.name === `shop/Pod/pod-${index}`);
        if (containers.some(({ reported: { hash } }) => hash === undefined) && !isDoubted) throw new Error(`pod-${index} is not doubted`);
      }
    }),
    { numRuns: 60 },
  );
});

const anything = fc.jsonValue({ maxDepth: 5 });
const members = fc.constantFrom(
  "kind",
  "apiVersion",
  "items",
  "metadata",
  "spec",
  "status",
  "tasks",
  "containers",
  "image",
  "Service",
  "type",
  "Code",
);
const nearly = fc.letrec((tie) => ({
  value: fc.oneof({ depthSize: "small" }, anything, fc.dictionary(members, tie("value")), fc.array(tie("value"), { maxLength: 3 })),
})).value;

test("whatever a document holds, a reader gives digests and names that are such, or says that it cannot read it", () => {
  fc.assert(
    fc.property(fc.array(nearly, { maxLength: 3 }), fc.constantFrom(...readers), (documents, reader) => {
      const read = reader.read(documents);
      const seenThere = read.kind === "malformed" ? [] : read.seen;
      const isSuch = seenThere.every(
        ({ digests, repository, workload }) =>
          digests.every(isDigest) && (repository === undefined || isRepository(repository)) && workload.name !== "",
      );
      expect(isSuch && (read.kind === "read" || read.mend !== "")).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test("a document that nobody recognises is refused", () => {
  fc.assert(
    fc.property(nearly, (document) => {
      fc.pre(!readers.some((reader) => reader.recognises(document)));
      expect(() => readUsage([{ place: "x", document }], readers)).toThrow(expect.objectContaining({ name: "ParseError" }));
    }),
  );
});
