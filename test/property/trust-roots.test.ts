import { join } from "node:path";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { AdapterError } from "../../shared/ports/adapter-error.ts";
import { readKept } from "../../shared/trust-roots/kept.ts";
import { updateMirror } from "../../shared/trust-roots/update.ts";
import { NOW, openFollower } from "../fakes/tuf-follower.ts";
import { makeTuf, makeTufKey } from "../fixtures/tuf.ts";

test("of a mirror that is damaged anywhere nothing comes that its keys did not sign", async () => {
  const follower = openFollower();
  try {
    const tuf = makeTuf();
    tuf.rotate({ timestamp: [makeTufKey()] });
    tuf.publish("good");
    const { mirror } = await follower.serve(tuf);
    const good = new Map(tuf.files);
    let number = 0;
    /** Begins anew, with the first root alone. */
    const read = async (): Promise<string | undefined> => {
      const folder = join(follower.keptIn, String(++number));
      await updateMirror(mirror, folder, NOW).catch((error: unknown) => {
        if (!(error instanceof AdapterError)) throw error;
      });
      return readKept(folder)?.trustedRoot;
    };
    expect(await read()).toBe("good");
    const paths = [...good.keys()].filter((path) => path !== "1.root.json");
    const damage = fc.tuple(fc.constantFrom(...paths), fc.nat(10_000), fc.constantFrom("flip", "cut", "insert", "drop"), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 3 }), async (damages) => {
        for (const [path, bytes] of good) tuf.files.set(path, bytes);
        for (const [path, at, kind, value] of damages)
          tuf.files.set(path, damaged(tuf.files.get(path) ?? Buffer.alloc(0), at, kind, value));
        expect([undefined, "good"]).toContain(await read());
      }),
      { numRuns: 120 },
    );
  } finally {
    await follower.close();
  }
});

function damaged(bytes: Buffer, at: number, kind: string, value: number): Buffer {
  const place = at % Math.max(1, bytes.length);
  const [head, tail] = [bytes.subarray(0, place), bytes.subarray(place)];
  if (kind === "cut") return head;
  if (kind === "insert") return Buffer.concat([head, Buffer.of(value), tail]);
  if (kind === "drop") return Buffer.concat([head, tail.subarray(1)]);
  return Buffer.concat([head, Buffer.of((tail[0] ?? 0) ^ (value | 1)), tail.subarray(1)]);
}
