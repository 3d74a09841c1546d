import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { moorgate, tryMoorgate, untilIdle, untilImage, verifyJournal } from "../running/gate.ts";
import { until } from "../running/process.ts";
import { pull } from "../running/push.ts";
import { skopeo } from "./clients.ts";
import { signedWith, startWatchedWith, type Watched } from "./distribution.ts";
import { type Layout, writeImageLayout, writeIndexLayout } from "./layout.ts";
import { reportPods } from "./report-pods.ts";
import { type Cosign, cosignIn } from "./signers.ts";

/** What was held long is deleted for ever at a real registry, and nothing else is. */

const DELETING = signedWith("enforce").replace("enforcement: {", "enforcement: { deleteHeldAfter: 1s,");
const REPOSITORY = "team/api";

const dir = mkdtempSync(join(tmpdir(), "moorgate-deletion-"));
let release: Cosign;
let stranger: Cosign;
let watched: Watched;

beforeAll(async () => {
  [release, stranger] = await Promise.all([cosignIn(join(dir, "release")), cosignIn(join(dir, "stranger"))]);
  watched = await startWatchedWith({
    policy: signedWith("warn"),
    files: { "release.pub": release.publicKey },
    settings: "usage: { places: [{ name: east, maxAge: 1h }], pulledWithin: 1s }\nbrake: off\nsweepEvery: 2s\n",
  });
});
afterAll(async () => {
  await watched.stop();
  rmSync(dir, { recursive: true, force: true });
});

async function pushed(tag: string, layout: Layout): Promise<Layout> {
  await skopeo.push(layout, `${watched.registry}/${REPOSITORY}:${tag}`);
  return layout;
}

async function held({ digest }: Layout): Promise<void> {
  await untilImage(watched.gate, digest, "held", (image) => image.held);
}

/** What the registry answers, by digest, in the repository itself and in its quarantine. */
async function answers(digest: string): Promise<readonly number[]> {
  const asked = [REPOSITORY, `quarantine/${REPOSITORY}`].map((place) => pull(watched.registry, place, digest));
  return (await Promise.all(asked)).map(({ status }) => status);
}

test("after its time an index goes with its platforms and what is attached to it; what a person holds, and what complies, stays", async () => {
  const good = await pushed("good", writeImageLayout(join(dir, "good")));
  await release.sign(`${watched.registry}/${REPOSITORY}@${good.digest}`, "tag");
  const doomed = await pushed("doomed", writeIndexLayout(join(dir, "doomed")));
  await stranger.sign(`${watched.registry}/${REPOSITORY}@${doomed.digest}`, "tag");
  const wanted = await pushed("wanted", writeImageLayout(join(dir, "wanted")));
  await untilIdle(watched.gate);
  await reportPods(watched.gate);
  writeFileSync(join(watched.gate.dir, "policy.yaml"), signedWith("enforce"));
  await Promise.all([doomed, wanted].map(held));
  await moorgate(watched.gate, [
    "hold",
    `${watched.registry}/${REPOSITORY}@${wanted.digest}`,
    "--reason",
    "evidence",
    "--actor",
    "ann",
    "--yes",
  ]);
  await untilIdle(watched.gate);
  for (const digest of [doomed.digest, ...doomed.children, wanted.digest]) expect(await answers(digest)).toEqual([404, 200]);

  writeFileSync(join(watched.gate.dir, "policy.yaml"), DELETING);
  await reportPods(watched.gate);
  await until("the index to be gone", async () => ((await answers(doomed.digest)).every((status) => status === 404) ? true : undefined));
  await untilIdle(watched.gate);

  for (const digest of doomed.children) expect(await answers(digest)).toEqual([404, 404]);
  expect(await answers(wanted.digest)).toEqual([404, 200]);
  expect(await skopeo.pull(`${watched.registry}/${REPOSITORY}:good`, join(dir, "pulled"))).toBe(good.digest);
  expect(await release.verifies(`${watched.registry}/${REPOSITORY}@${good.digest}`)).toBe(true);
  const left = await skopeo.tags(`${watched.registry}/quarantine/${REPOSITORY}`);
  expect(left.filter((tag) => tag.includes(doomed.digest.slice("sha256:".length, "sha256:".length + 12)))).toEqual([]);

  const { code, stdout } = await tryMoorgate(watched.gate, [
    "release",
    `${watched.registry}/${REPOSITORY}@${doomed.digest}`,
    "--reason",
    "mistake",
  ]);
  expect({ code, stdout }).not.toMatchObject({ code: 0 });
  expect((await verifyJournal(watched.gate.dir)).code).toBe(0);
});
