import { ECRClient, UpdateImageStorageClassCommand } from "@aws-sdk/client-ecr";
import type { FakeAws } from "../fakes/aws/aws.ts";
import type { Pushed } from "./check.ts";
import type { Fate } from "./fates.ts";
import { CRITICAL } from "./images.ts";
import { REGION } from "./moto.ts";

export interface Disturbed {
  /** Pushes of a held image, which bring it back. */
  pushedAgain: number;
  /** Held images that somebody else brought back from the archive. */
  restored: number;
  /** Images that complied until something new was found. */
  turned: number;
}

/** Whoever else works in the registry. */
export interface Disturber {
  readonly counts: Disturbed;
  /** @param pushed all so far; what an image deserves may change there */
  disturb(pushed: Pushed[], fate: Fate): Promise<void>;
  /** Does what nothing that was held could be found for, until now. @returns how much is left */
  catchUp(pushed: readonly Pushed[]): Promise<number>;
  stop(): void;
}

const FOUND_LATER = { kind: "found", vulnerabilities: [CRITICAL] } as const;
/** An image that is so young may be on its way still. */
const SETTLED = 20;

export function openDisturber(aws: FakeAws, untold: ReadonlySet<string>): Disturber {
  const registry = aws.registry();
  const client = new ECRClient({ region: REGION, endpoint: aws.endpoint, credentials: aws.credentials(), maxAttempts: 8 });
  const counts: Disturbed = { pushedAgain: 0, restored: 0, turned: 0 };
  const turned = new Set<string>();
  // What was found in it is found again when it is back from the archive.
  const { scanner } = aws.controls;
  aws.controls.scanner = (image, repository) => (turned.has(image.digest) ? FOUND_LATER : scanner(image, repository));
  const isHeld = ({ repository, digest }: Pushed): boolean =>
    registry.state.repositories.get(repository)?.images.get(digest)?.status === "ARCHIVED";

  async function pushAgain(image: Pushed): Promise<void> {
    counts.pushedAgain += 1;
    await registry.put(image.repository, image.manifest, image.tag);
  }

  async function restore({ repository: repositoryName, digest: imageDigest }: Pushed): Promise<void> {
    counts.restored += 1;
    await client.send(new UpdateImageStorageClassCommand({ repositoryName, imageId: { imageDigest }, targetStorageClass: "STANDARD" }));
  }

  function turn(pushed: Pushed[]): void {
    const place = pushed.findLastIndex(
      ({ kind, digest }, at) => at < pushed.length - SETTLED && kind === "compliant" && !untold.has(digest),
    );
    const image = pushed[place];
    if (image === undefined) return;
    counts.turned += 1;
    pushed[place] = { ...image, kind: "violating", isTurned: true };
    turned.add(image.digest);
    registry.scan(image.repository, image.digest, FOUND_LATER);
  }

  const wanted: ((image: Pushed) => Promise<void>)[] = [];
  async function catchUp(pushed: readonly Pushed[]): Promise<number> {
    const held = wanted.length === 0 ? undefined : pushed.findLast(isHeld);
    if (held !== undefined) await wanted.shift()?.(held);
    return wanted.length;
  }

  return {
    counts,
    catchUp,
    async disturb(pushed, { isAgain, isRestored, isTurned }) {
      if (isAgain) wanted.push(pushAgain);
      if (isRestored) wanted.push(restore);
      if (isTurned) turn(pushed);
      await catchUp(pushed);
    },
    stop: () => client.destroy(),
  };
}
