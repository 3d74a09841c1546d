import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AdapterError } from "../../../shared/ports/adapter-error.ts";
import type { Mirror } from "../../../shared/trust-roots/mirror.ts";
import { answer } from "../../fakes/raw-server.ts";
import { type Follower, LATER, openFollower, put } from "../../fakes/tuf-follower.ts";
import { makeTuf, makeTufKey, PAST, type TufRepository } from "../../fixtures/tuf.ts";

let follower: Follower;
beforeEach(() => {
  follower = openFollower();
});
afterEach(() => follower.close());

describe("the last good root stays in use, and the update is refused, where the mirror", () => {
  const refusals: readonly (readonly [string, (tuf: TufRepository) => void])[] = [
    ["goes back to an older timestamp", (tuf) => tuf.publish("evil", { versions: { timestamp: 1, snapshot: 9, targets: 9 } })],
    ["goes back to an older snapshot", (tuf) => tuf.publish("evil", { versions: { snapshot: 1, targets: 9 } })],
    ["goes back to older targets", (tuf) => tuf.publish("evil", { versions: { targets: 1 } })],
    ["stands still: its timestamp has expired", (tuf) => tuf.publish("evil", { expires: { timestamp: PAST } })],
    ["stands still: its snapshot has expired", (tuf) => tuf.publish("evil", { expires: { snapshot: PAST } })],
    ["stands still: its targets have expired", (tuf) => tuf.publish("evil", { expires: { targets: PAST } })],
    ["stands still: its root has expired", (tuf) => tuf.rotate({}, { expires: { root: PAST } })],
    ["signs the timestamp with a strange key", (tuf) => tuf.publish("evil", { signers: { timestamp: [makeTufKey()] } })],
    ["signs the snapshot with a strange key", (tuf) => tuf.publish("evil", { signers: { snapshot: [makeTufKey()] } })],
    ["signs the targets with a strange key", (tuf) => tuf.publish("evil", { signers: { targets: [makeTufKey()] } })],
    ["signs the targets with the key of another role", (tuf) => tuf.publish("evil", { signers: { targets: tuf.keys.timestamp } })],
    ["signs nothing", (tuf) => tuf.publish("evil", { signers: { targets: [] } })],
    ["has a root that the keys before did not sign", (tuf) => tuf.rotate({ root: [makeTufKey()] }, { signers: { root: [makeTufKey()] } })],
    [
      "has a root that its own keys did not sign",
      (tuf) => {
        const [before] = tuf.keys.root;
        tuf.rotate({ root: [makeTufKey()] }, { signers: { root: before === undefined ? [] : [before] } });
      },
    ],
    ["gives another length of the target", (tuf) => tuf.publish("evil", { said: { length: 3 } })],
    ["gives another hash of the target", (tuf) => tuf.publish("evil", { said: { hashes: { sha256: "0".repeat(64) } } })],
    ["gives no hash of the target", (tuf) => tuf.publish("evil", { said: { hashes: {} } })],
    [
      "gives a weak hash of the target alone",
      (tuf) => tuf.publish("evil", { said: { hashes: { md5: "4034a346ccee15292d823416f7510a2f" } } }),
    ],
  ];
  it.each(refusals)("%s", async (_, attack) => {
    const { tuf, mirror } = await follower.read();
    tuf.publish("second", { versions: { timestamp: 2, snapshot: 2, targets: 2 } });
    await follower.update(mirror, LATER);
    attack(tuf);
    expect(await follower.codeOf(mirror)).toMatch(/^(refused|too-large|not-found)$/);
    expect(follower.rootIn(mirror)).toBe("second");
  });

  it("skips a root: the one after it is never looked at", async () => {
    const { tuf, mirror } = await follower.read();
    const keys = { timestamp: [makeTufKey()], snapshot: [makeTufKey()], targets: [makeTufKey()] };
    tuf.rotate(keys);
    tuf.rotate({});
    tuf.publish("second");
    tuf.files.delete("2.root.json");
    expect(await follower.codeOf(mirror)).toBe("refused");
    expect(follower.rootIn(mirror)).toBe("first");
  });

  it("serves a root under a later number", async () => {
    const { tuf, mirror } = await follower.read();
    tuf.files.set("2.root.json", tuf.files.get("1.root.json") ?? Buffer.alloc(0));
    expect(await follower.codeOf(mirror)).toBe("refused");
  });

  it("mixes parts of two editions that were both good", async () => {
    const { tuf, mirror } = await follower.read({ consistentSnapshot: false });
    tuf.publish("second");
    const second = new Map(tuf.files);
    tuf.publish("third");
    for (const part of ["snapshot.json", "targets.json"]) {
      const mixed = new Map(tuf.files).set(part, second.get(part) ?? Buffer.alloc(0));
      put(tuf, mixed);
      expect(await follower.codeOf(mirror)).toBe("refused");
      expect(follower.rootIn(mirror)).toBe("first");
    }
  });

  it.each([
    ["no JSON", "{"],
    ["a member twice", '{"signed":1,"signed":2,"signatures":[]}'],
    ["lists in lists without end", "[".repeat(10_000)],
    ["an empty object", "{}"],
    ["nothing", ""],
  ])("serves %s", async (_, text) => {
    const { tuf, mirror } = await follower.read();
    tuf.publish("second");
    tuf.files.set("timestamp.json", Buffer.from(text));
    expect(await follower.codeOf(mirror)).toMatch(/^(malformed|refused)$/);
    expect(follower.rootIn(mirror)).toBe("first");
  });

  it("has a root that the policy could not use; the metadata before it counts all the same", async () => {
    const { tuf, mirror } = await follower.read();
    tuf.publish("useless");
    const picky: Mirror = {
      ...mirror,
      check: () => {
        throw new AdapterError("malformed", "no authority");
      },
    };
    expect(await follower.codeOf(picky)).toBe("malformed");
    expect(follower.rootIn(mirror)).toBe("first");
    tuf.publish("older", { versions: { timestamp: 1, snapshot: 1, targets: 1 } });
    expect(await follower.codeOf(mirror)).toBe("refused");
  });
});

describe("a mirror that", () => {
  it.each([
    ["announces more than is read", "content-length", "too-large"],
    ["sends without end", "endless", "too-large"],
    ["answers that it is out of order", "503", "unreachable"],
    ["hangs up", "hangup", "unreachable"],
    ["sends us elsewhere", "302", "not-found"],
  ])("%s gives nothing, and no other address is asked", async (_, behaviour, code) => {
    const tuf = makeTuf();
    tuf.publish("first");
    const elsewhere = await follower.serve(tuf);
    const { mirror } = await follower.serve(tuf, (path, response) => {
      if (path !== "/timestamp.json") return false;
      if (behaviour === "503") answer(response, 503);
      else if (behaviour === "302") answer(response, 302, { location: `${elsewhere.mirror.url.href}timestamp.json` });
      else if (behaviour === "hangup") response.destroy();
      else if (behaviour === "content-length") answer(response, 200, { "content-length": "100000000" });
      else {
        const pour = (): void => {
          while (!response.destroyed && response.write(" ".repeat(65_536))) continue;
        };
        response.on("drain", pour);
        pour();
      }
      return true;
    });
    expect(await follower.codeOf(mirror)).toBe(code);
    expect(follower.rootIn(mirror)).toBeUndefined();
    expect(elsewhere.heard).toEqual([]);
  });

  it("is not said to be in the own network is not asked there", async () => {
    const tuf = makeTuf();
    tuf.publish("first");
    const server = await follower.serve(tuf);
    expect(await follower.codeOf({ ...server.mirror, isInternal: false })).toBe("refused");
    expect(await follower.codeOf({ ...server.mirror, url: new URL("http://mirror.example/") })).toBe("refused");
    expect(server.heard).toEqual([]);
  });
});
