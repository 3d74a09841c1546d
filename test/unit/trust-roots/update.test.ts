import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseInstant } from "../../../shared/domain/time.ts";
import { AdapterError } from "../../../shared/ports/adapter-error.ts";
import { readKept } from "../../../shared/trust-roots/kept.ts";
import { updateMirror } from "../../../shared/trust-roots/update.ts";
import { answer } from "../../fakes/raw-server.ts";
import { type Follower, LATER, NOW, openFollower, put } from "../../fakes/tuf-follower.ts";
import { FAR, makeTuf, makeTufKey } from "../../fixtures/tuf.ts";

let follower: Follower;
beforeEach(() => {
  follower = openFollower();
});
afterEach(() => follower.close());

describe("a trusted root from a mirror", () => {
  it.each([true, false])(
    "is read, with when it was confirmed and until when the mirror stands for it (snapshots consistent: %s)",
    async (consistentSnapshot) => {
      const tuf = makeTuf({ consistentSnapshot });
      tuf.publish("first", { expires: { timestamp: "2098-01-01T00:00:00Z" } });
      const { mirror } = await follower.serve(tuf);
      await follower.update(mirror);
      expect(readKept(follower.folder(mirror))).toMatchObject({
        trustedRoot: "first",
        checkedAt: NOW,
        expiresAt: parseInstant("2098-01-01T00:00:00Z"),
      });
    },
  );

  it("is renewed, and what did not change is not fetched again", async () => {
    const tuf = makeTuf();
    tuf.publish("first");
    const server = await follower.serve(tuf);
    await follower.update(server.mirror);
    const before = server.heard.length;
    await follower.update(server.mirror, LATER);
    expect(server.heard.slice(before).map(({ path }) => path)).toEqual(["/2.root.json", "/timestamp.json"]);
    expect(readKept(follower.folder(server.mirror))?.checkedAt).toBe(LATER);
    tuf.publish("second");
    await follower.update(server.mirror, LATER);
    expect(follower.rootIn(server.mirror)).toBe("second");
  });

  it("is followed over two changes of all keys, each signed by the keys before it", async () => {
    const { tuf, mirror } = await follower.read();
    const renewed = () => ({ root: [makeTufKey()], timestamp: [makeTufKey()], snapshot: [makeTufKey()], targets: [makeTufKey()] });
    tuf.rotate(renewed());
    tuf.rotate(renewed());
    tuf.publish("second");
    expect(await follower.codeOf(mirror)).toBe("taken");
    expect(follower.rootIn(mirror)).toBe("second");
  });

  it("that came in by an anchor from long ago is followed from there", async () => {
    const tuf = makeTuf();
    tuf.rotate({ root: [makeTufKey()] });
    tuf.rotate({ targets: [makeTufKey()] });
    tuf.publish("newest");
    const { mirror } = await follower.serve(tuf);
    await follower.update(mirror);
    expect(follower.rootIn(mirror)).toBe("newest");
  });

  it("is read again after somebody with the keys ran ahead with the numbers, once these keys are changed", async () => {
    const { tuf, mirror } = await follower.read();
    tuf.publish("evil", { versions: { timestamp: 1_000_000, snapshot: 1_000_000 } });
    await follower.update(mirror);
    tuf.rotate({ timestamp: [makeTufKey()], snapshot: [makeTufKey()] });
    tuf.publish("mended", { versions: { timestamp: 3, snapshot: 3 } });
    expect(await follower.codeOf(mirror)).toBe("taken");
    expect(follower.rootIn(mirror)).toBe("mended");
  });

  it("needs as many signatures as the root asks for", async () => {
    const { tuf, mirror } = await follower.read({ threshold: 2 });
    tuf.publish("second", { signers: { targets: tuf.keys.targets.slice(1) } });
    expect(await follower.codeOf(mirror)).toBe("refused");
    expect(follower.rootIn(mirror)).toBe("first");
  });

  it("of another anchor, address or target is another one", async () => {
    const { tuf, mirror } = await follower.read();
    const other = makeTuf();
    expect(new Set([mirror, { ...mirror, anchor: other.anchor }, { ...mirror, target: "other.json" }].map(follower.folder)).size).toBe(3);
    expect(await follower.codeOf({ ...mirror, anchor: other.anchor })).toBe("refused");
    expect(await follower.codeOf({ ...mirror, target: "other.json" })).toBe("not-found");
    expect(tuf.files.size).toBeGreaterThan(0);
  });
});

describe("what was verified before a fault", () => {
  it("is kept: an older timestamp does not pass for new afterwards", async () => {
    const { tuf, mirror } = await follower.read();
    const first = new Map(tuf.files);
    tuf.publish("second");
    tuf.files.delete("2.snapshot.json");
    expect(await follower.codeOf(mirror)).toBe("not-found");
    put(tuf, first);
    expect(await follower.codeOf(mirror)).toBe("refused");
    expect(readKept(follower.folder(mirror))).toMatchObject({ trustedRoot: "first", checkedAt: NOW });
  });

  it("is kept over a restart, with nothing in memory", async () => {
    const { tuf, mirror } = await follower.read();
    tuf.publish("second");
    await follower.update(mirror);
    const again = await follower.serve({ files: new Map(), anchor: tuf.anchor });
    expect(await follower.codeOf({ ...mirror, name: "again" })).toBe("taken");
    expect(await follower.codeOf(again.mirror)).toBe("not-found");
    expect(follower.rootIn(mirror)).toBe("second");
  });
});

describe("what is kept", () => {
  it("is refused where it was changed, and read anew where it was removed", async () => {
    const { mirror } = await follower.read();
    const facts = join(follower.folder(mirror), "1", "facts.json");
    const whole = readFileSync(facts, "utf8");
    for (const bad of ["{", "{}", whole.replace(/"checkedAt":"[^"]*"/, '"checkedAt":"2026-13-01T00:00:00Z"')]) {
      writeFileSync(facts, bad);
      expect(() => readKept(follower.folder(mirror))).toThrow(AdapterError);
    }
    writeFileSync(facts, whole);
    expect(follower.rootIn(mirror)).toBe("first");
    writeFileSync(join(follower.folder(mirror), "1", "timestamp.json"), "{}");
    expect(() => readKept(follower.folder(mirror))).toThrow(AdapterError);
    expect(await follower.codeOf(mirror)).toBe("malformed");
    rmSync(follower.folder(mirror), { recursive: true });
    expect(await follower.codeOf(mirror)).toBe("taken");
  });

  it("is left alone by a process that was slower than another one", async () => {
    const tuf = makeTuf();
    tuf.publish("first");
    let meanwhile: Promise<void> | undefined;
    const { mirror } = await follower.serve(tuf, (path, response) => {
      if (path !== "/timestamp.json" || meanwhile !== undefined) return false;
      meanwhile = follower.update(mirror, LATER).then(() => answer(response, 200, {}, tuf.files.get("timestamp.json")));
      return true;
    });
    await follower.update(mirror, NOW);
    await meanwhile;
    expect(readKept(follower.folder(mirror))).toMatchObject({ generation: 1, checkedAt: LATER, trustedRoot: "first" });
    expect(readdirSync(follower.folder(mirror))).toEqual(["1"]);
  });

  it.each([
    ["no JSON", "hello"],
    ["other JSON", "{}"],
    ["a root that nobody signed", "unsigned"],
  ])("is nothing, and nobody is asked, where the root.json to begin with is %s", async (_, text) => {
    const tuf = makeTuf();
    tuf.publish("first");
    const server = await follower.serve(tuf);
    const unsigned = JSON.stringify({ ...JSON.parse(tuf.anchor), signatures: [] });
    const mirror = { ...server.mirror, anchor: text === "unsigned" ? unsigned : text };
    expect(await follower.codeOf(mirror)).toBe("malformed");
    expect(readKept(follower.folder(mirror))).toBeUndefined();
    expect(server.heard).toEqual([]);
  });

  it("needs a folder to be kept in", async () => {
    const { mirror } = await follower.read();
    const file = join(follower.keptIn, "file");
    writeFileSync(file, "");
    await expect(updateMirror(mirror, join(file, "mirror"), NOW)).rejects.toMatchObject({ code: "forbidden" });
    expect(() => readKept(file)).toThrow(AdapterError);
  });

  it("is that of the newest, with nothing of the older ones or of a draft left beside it", async () => {
    const { tuf, mirror } = await follower.read();
    tuf.publish("second", { expires: { root: FAR } });
    await follower.update(mirror);
    await follower.update(mirror);
    expect(readdirSync(follower.folder(mirror))).toEqual(["3"]);
  });
});
