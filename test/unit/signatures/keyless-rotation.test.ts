import { describe, expect, it } from "vitest";
import { verifyBundle } from "../../../shared/signatures/cosign/verify-bundle.ts";
import { bytesOf } from "../../fixtures/cosign.ts";
import {
  act,
  type Instance,
  keylessBundle,
  makeInstance,
  type RootDocument,
  rootOf,
  type Signing,
  STARTED_AT,
  type TrustOptions,
  trustingInstance,
} from "../../fixtures/sigstore.ts";
import { base64, dsseBody, LOGGED_AT, logEntry, stamp, tileBody } from "../../fixtures/sigstore-log.ts";

// An instance that has changed every key it has: `before` ended when `after` began, and both stand in one root.
const before = makeInstance();
const after = makeInstance();
const CHANGED = "2026-06-01T11:00:00Z";
const HOUR = 3_600_000;

type Window = { start?: string; end?: string };

function within<Entry extends { validFor?: Window } | { publicKey: { validFor: Window } }>(
  entries: readonly Entry[],
  window: Window,
): Entry[] {
  return structuredClone([...entries]).map((entry) => {
    if ("publicKey" in entry) entry.publicKey.validFor = window;
    else entry.validFor = window;
    return entry;
  });
}

function rotated(): RootDocument {
  const [old, next] = [rootOf(before), rootOf(after)];
  const [until, since] = [{ start: "2025-01-01T00:00:00Z", end: CHANGED }, { start: CHANGED }];
  return {
    ...old,
    tlogs: [...within(old.tlogs, until), ...within(next.tlogs, since)],
    certificateAuthorities: [...within(old.certificateAuthorities, until), ...within(next.certificateAuthorities, since)],
    ctlogs: [...within(old.ctlogs, until), ...within(next.ctlogs, since)],
    timestampAuthorities: [...within(old.timestampAuthorities, until), ...within(next.timestampAuthorities, since)],
  };
}

const trust = (change: (root: RootDocument) => unknown = rotated, more: TrustOptions = {}) => trustingInstance(before, { change, ...more });
const codeOf = (bundle: object, expected = trust()): string | undefined => verifyBundle(bytesOf(bundle), expected)?.code;

/** A signature that an instance made and logged, that long after the usual time. */
function logged(instance: Instance, laterMs: number, signing: Signing = {}): object {
  const [notBefore, notAfter] = [STARTED_AT + laterMs, STARTED_AT + laterMs + 600_000];
  const done = act(instance, { notBefore, notAfter, ...signing });
  return keylessBundle(done, [logEntry(instance.log, dsseBody(done), { at: LOGGED_AT + laterMs })]);
}

describe("a root of an instance that changed its keys (T16)", () => {
  it("verifies what the keys of each time signed then", () => {
    // The certificate log of both promises at the usual time; only these windows are of interest here.
    const unpromised = trust(rotated, { sct: "ignored" });
    expect(codeOf(logged(before, 0), unpromised)).toBe("ok");
    expect(codeOf(logged(after, HOUR), unpromised)).toBe("ok");
  });

  it("verifies nothing that the keys of one time signed in the other", () => {
    expect(codeOf(logged(before, HOUR), trust(rotated, { sct: "ignored" }))).toBe("no-transparency-log");
    expect(codeOf(logged(after, 0), trust(rotated, { sct: "ignored" }))).toBe("no-transparency-log");
    const always = (root: RootDocument) => ({ ...root, tlogs: [...rootOf(before).tlogs, ...rootOf(after).tlogs] });
    const byAuthority = trust((root) => always({ ...rotated(), mediaType: root.mediaType }), { sct: "ignored" });
    expect(codeOf(logged(before, HOUR), byAuthority)).toBe("untrusted-root");
    expect(codeOf(logged(after, 0), byAuthority)).toBe("untrusted-root");
  });

  it("holds the promise of a certificate log to the log's own time", () => {
    const late = (root: RootDocument) => ({ ...root, ctlogs: within(root.ctlogs, { start: CHANGED }) });
    expect(codeOf(logged(before, 0))).toBe("ok");
    expect(codeOf(logged(before, 0), trust(late))).toBe("untrusted-root");
  });

  it("holds a timestamp to the time of its authority", () => {
    const done = act(before);
    const stamped = keylessBundle(done, [], [stamp(before.stamper, done.signature)]);
    const needs = { transparencyLog: "ignored", timestamp: "required" } as const;
    const late = (root: RootDocument) => ({ ...root, timestampAuthorities: within(root.timestampAuthorities, { start: CHANGED }) });
    expect(codeOf(stamped, trust(rotated, needs))).toBe("ok");
    expect(codeOf(stamped, trust(late, needs))).toBe("untrusted-root");
  });

  it("knows a log that it lists for several times, whichever comes first", () => {
    const gap = [{ start: "2025-01-01T00:00:00Z", end: "2025-06-01T00:00:00Z" }, { start: "2026-06-01T10:00:00Z" }];
    const [first, second] = gap.map((window) => (root: RootDocument) => within(root.tlogs, window));
    const listed = (...parts: readonly (typeof first)[]) =>
      trust((root) => ({ ...root, tlogs: parts.flatMap((part) => part?.(root) ?? []) }), { sct: "ignored" });
    const done = act(before);
    const tile = keylessBundle(done, [logEntry(before.tiles, tileBody(done))], [stamp(before.stamper, done.signature)]);
    for (const bundle of [logged(before, 0), tile]) {
      expect(codeOf(bundle, listed(first, second))).toBe("ok");
      expect(codeOf(bundle, listed(second, first))).toBe("ok");
      expect(codeOf(bundle, listed(first))).toBe("no-transparency-log");
    }
  });

  it("is not used with an authority whose certificates do not follow from each other (T27)", () => {
    const [chain] = rootOf(before).certificateAuthorities;
    const torn = {
      ...chain,
      certChain: { certificates: [{ rawBytes: base64(after.intermediate.bytes) }, { rawBytes: base64(before.root.bytes) }] },
    };
    expect(
      codeOf(
        logged(before, 0),
        trust((root) => ({ ...root, certificateAuthorities: [torn] })),
      ),
    ).toBe("untrusted-root");
  });
});
