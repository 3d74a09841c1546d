import { describe, expect, it } from "vitest";
import { instant, parseInstant } from "../../../shared/domain/time.ts";
import { checkRevocation } from "../../../shared/signatures/revocation/check.ts";
import { dayAfter, type RevocationStatus } from "../../../shared/signatures/revocation/status.ts";
import { readCertificate } from "../../../shared/signatures/x509.ts";
import { NOW, rootName, SUBJECT, signing } from "../../fixtures/notation.ts";
import {
  answering,
  asking,
  changesAt,
  changesSince,
  crlOf,
  entryOf,
  HOLD,
  invalidSince,
  listNumber,
  namedPoint,
  ocspOf,
  ofIssuer,
  partialPoint,
  pointOf,
  REMOVED,
  reason,
  responderOf,
  scopeOf,
} from "../../fixtures/revocation.ts";
import { authority, certify, extension, keyUsage, type Made, name, sequence } from "../../fixtures/x509.ts";

const CRL = "http://crl.acme.example/root.crl";
const SECOND = "http://crl2.acme.example/root.crl";
const CHANGES = "http://crl.acme.example/changes.crl";
const OCSP = "http://ocsp.acme.example";
const made = signing({ serial: 77, extensions: [keyUsage([0]), ...asking([], [CRL, SECOND])] });
const { root } = made;

type Answers = Parameters<typeof answering>[0];

function ask(answers: Answers, chain: readonly Made[] = [made.leaf, root], asked: string[] = []): Promise<RevocationStatus> {
  const certificates = chain.map(({ bytes }) => readCertificate(bytes));
  return checkRevocation({ source: answering(answers, asked), now: NOW }, certificates, undefined);
}

const kindOf = async (...input: Parameters<typeof ask>): Promise<string> => (await ask(...input)).kind;

describe("T25 a list with changes beside it", () => {
  const WHOLE = [listNumber(5), changesAt(CHANGES)];
  const whole = (serials: readonly number[] = [], entries: readonly Buffer[] = []): Buffer =>
    crlOf(root, serials, { extensions: WHOLE, entries });
  const changes = (entries: readonly Buffer[] = [], number = 6, since = 5, times = {}): Buffer =>
    crlOf(root, [], { entries, extensions: [listNumber(number), changesSince(since)], ...times });

  it.each([
    ["nobody says anything", whole(), changes(), "good"],
    ["the changes revoke it", whole(), changes([entryOf(77)]), "revoked"],
    ["the changes revoke another", whole(), changes([entryOf(78)]), "good"],
    ["the list revokes it", whole([77]), changes(), "revoked"],
    ["it was on hold, and the changes release it", whole([], [entryOf(77, HOLD)]), changes([entryOf(77, REMOVED)]), "good"],
    ["it was on hold, and still is", whole([], [entryOf(77, HOLD)]), changes(), "revoked"],
    ["it was on hold, and the changes revoke it for good", whole([], [entryOf(77, HOLD)]), changes([entryOf(77, reason(1))]), "revoked"],
    ["it was revoked for good, and the changes release it", whole([77]), changes([entryOf(77, REMOVED)]), "revoked"],
    ["the changes begin at an earlier list", whole(), changes([entryOf(77)], 6, 4), "revoked"],
    ["the changes begin at a later list", whole(), changes([], 9, 6), "unknown"],
    ["the changes are too old", whole(), changes([], 6, 5, { nextUpdate: "2026-11-21T11:00:00Z" }), "unknown"],
    ["the changes are a whole list", whole(), crlOf(root, [], { extensions: [listNumber(6)] }), "unknown"],
    ["the list is one of changes", changes(), changes(), "unknown"],
    ["the list has no number", crlOf(root, [], { extensions: [changesAt(CHANGES)] }), changes(), "unknown"],
    ["the changes have another scope", whole(), crlOf(root, [], { extensions: [changesSince(5), scopeOf({ only: [1] })] }), "unknown"],
  ])("where %s: %#", async (_what, list, later, kind) => {
    expect(await kindOf({ [CRL]: list, [CHANGES]: later })).toBe(kind);
  });

  it("says nothing good where the changes cannot be had, and still who was revoked", async () => {
    expect(await kindOf({ [CRL]: whole() })).toBe("unknown");
    expect(await kindOf({ [CRL]: whole([77]) })).toBe("revoked");
    expect(await kindOf({ [CRL]: whole(), [CHANGES]: Buffer.from("<html>") })).toBe("unknown");
  });

  it("says nothing good where the changes lie where nobody is asked", async () => {
    const extensions = [listNumber(5), changesAt("ldap://ldap.acme.example/cn=changes")];
    expect(await kindOf({ [CRL]: crlOf(root, [], { extensions }) })).toBe("unknown");
  });

  it("may be named by the certificate", async () => {
    const { leaf, root: own } = signing({ serial: 77, extensions: [keyUsage([0]), ...asking([], [CRL]), changesAt(CHANGES)] });
    const list = crlOf(own, [], { extensions: [listNumber(5)] });
    const later = crlOf(own, [77], { extensions: [listNumber(6), changesSince(5)] });
    expect(await kindOf({ [CRL]: list }, [leaf, own])).toBe("unknown");
    expect(await kindOf({ [CRL]: list, [CHANGES]: later }, [leaf, own])).toBe("revoked");
  });

  it("holds until the first of both ends", async () => {
    const later = changes([], 6, 5, { nextUpdate: "2026-11-21T18:00:00Z" });
    expect(await ask({ [CRL]: whole(), [CHANGES]: later })).toEqual({ kind: "good", until: parseInstant("2026-11-21T18:00:00Z") });
  });
});

describe("T25 a list that names its scope", () => {
  it.each([
    ["is of the address that the certificate names", scopeOf({ urls: [CRL] }), "good"],
    ["has several addresses, one of them named", scopeOf({ urls: ["http://other.example/", SECOND] }), "good"],
    ["has a point without a whole name", scopeOf({ urls: [] }), "unknown"],
    ["is of another address", scopeOf({ urls: ["http://crl.acme.example/other.crl"] }), "unknown"],
    ["is for signers", scopeOf({ only: [1] }), "good"],
    ["is for authorities", scopeOf({ only: [2] }), "unknown"],
    ["is for some reasons", scopeOf({ only: [3] }), "unknown"],
    ["is for attributes", scopeOf({ only: [5] }), "unknown"],
  ])("%s: %#", async (_what, scope, kind) => {
    expect(await kindOf({ [CRL]: crlOf(root, [], { extensions: [scope] }) })).toBe(kind);
  });

  it("is for authorities, and tells of one", async () => {
    const extensions = [...authority(0), ...asking([], [CRL])];
    const between = certify({ subject: name(["CN", "between"]), issuer: root, serial: 8, extensions });
    const leaf = certify({ subject: SUBJECT, issuer: between, extensions: [keyUsage([0])] });
    const list = (only: number): Buffer => crlOf(root, [8], { extensions: [scopeOf({ only: [only] })] });
    expect(await kindOf({ [CRL]: list(2) }, [leaf, between, root])).toBe("revoked");
    expect(await kindOf({ [CRL]: list(1) }, [leaf, between, root])).toBe("unknown");
  });
});

describe("T25 an indirect list", () => {
  const extensions = [...authority(0)];
  const between = certify({ subject: name(["CN", "between"]), issuer: root, serial: 8, extensions });
  const leafOf = (point: Buffer): Made => certify({ subject: SUBJECT, issuer: between, serial: 77, extensions: [keyUsage([0]), point] });
  const leaf = leafOf(pointOf(CRL, rootName));
  const list = (entries: readonly Buffer[], only = [4]): Buffer => crlOf(root, [], { entries, extensions: [scopeOf({ only })] });

  it.each([
    ["the entry is of its issuer", list([entryOf(5), entryOf(77, ofIssuer(between.subject))]), "revoked"],
    ["the entry before names its issuer", list([entryOf(5, ofIssuer(between.subject)), entryOf(77)]), "revoked"],
    ["the entry is of the list's signer", list([entryOf(77)]), "good"],
    ["the entry is of another issuer", list([entryOf(5, ofIssuer(between.subject)), entryOf(77, ofIssuer(rootName))]), "good"],
    ["nobody is on it", list([]), "good"],
    ["it does not say that it is one", list([], []), "unknown"],
  ])("of an authority above the issuer: %s", async (_what, answer, kind) => {
    expect(await kindOf({ [CRL]: answer }, [leaf, between, root])).toBe(kind);
  });

  it("counts only where the certificate names its signer, and that one is in the chain", async () => {
    const unnamed = leafOf(asking([], [CRL])[0] ?? Buffer.alloc(0));
    expect(await kindOf({ [CRL]: list([]) }, [unnamed, between, root])).toBe("unknown");
    const stranger = certify({ subject: rootName, extensions: authority() });
    expect(await kindOf({ [CRL]: crlOf(stranger, [], { extensions: [scopeOf({ only: [4] })] }) }, [leaf, between, root])).toBe("unknown");
  });

  it("with entries of others is none where it does not say so", async () => {
    const answer = crlOf(root, [], { entries: [entryOf(5, ofIssuer(name(["CN", "other"]))), entryOf(77)] });
    expect(await kindOf({ [CRL]: answer })).toBe("unknown");
  });
});

describe("T25 what stands in a list", () => {
  it("is read with its details, and a critical one that nobody knows spoils the list", async () => {
    const strange = extension("1.2.3.4", sequence(), true);
    expect(await kindOf({ [CRL]: crlOf(root, [], { entries: [entryOf(5, strange)] }) })).toBe("unknown");
    expect(await kindOf({ [CRL]: crlOf(root, [], { entries: [entryOf(5, reason(1), invalidSince("2026-09-01T00:00:00Z"))] }) })).toBe(
      "good",
    );
  });

  it("and was revoked for good stays so when the list is too old, while whoever was on hold may be free again", async () => {
    const old = { nextUpdate: "2026-11-21T11:00:00Z" };
    expect(await ask({ [CRL]: crlOf(root, [77], old) })).toEqual({ kind: "revoked", invalidAt: undefined });
    expect(await kindOf({ [CRL]: crlOf(root, [], { ...old, entries: [entryOf(77, HOLD)] }) })).toBe("unknown");
  });

  it("says nothing where its signer may not sign lists", async () => {
    const [constraints] = authority(0);
    const issuer = certify({ subject: rootName, extensions: [constraints ?? Buffer.alloc(0), keyUsage([5])] });
    const leaf = certify({ subject: SUBJECT, issuer, serial: 77, extensions: [keyUsage([0]), ...asking([], [CRL])] });
    expect(await kindOf({ [CRL]: crlOf(issuer, []) }, [leaf, issuer])).toBe("unknown");
  });

  it("says nothing where the list never ends", async () => {
    expect(await kindOf({ [CRL]: crlOf(root, [], { nextUpdate: "" }) })).toBe("unknown");
  });
});

describe("addresses", () => {
  it("are asked in order, the first that says anything counts", async () => {
    const asked: string[] = [];
    expect(await kindOf({ [CRL]: Buffer.from("x"), [SECOND]: crlOf(root, [77]) }, [made.leaf, root], asked)).toBe("revoked");
    expect(asked).toEqual([CRL, SECOND]);
  });

  it.each(["ldap://ldap.acme.example/cn=root", "https://crl.acme.example/root.crl", "file:///etc/passwd", "ftp://crl.acme.example/"])(
    "T53 of %s are never asked, and leave it unknown",
    async (url) => {
      for (const points of [asking([], [url]), asking([url], [])]) {
        const own = signing({ serial: 77, extensions: [keyUsage([0]), ...points] });
        const asked: string[] = [];
        const status = await ask({ [url]: crlOf(own.root, []) }, [own.leaf, own.root], asked);
        expect([status.kind, asked]).toEqual(["unknown", []]);
      }
    },
  );

  it("of another kind beside one of http take nothing from it", async () => {
    const urls = ["ldap://ldap.acme.example/cn=root", "https://x.example", "ldap:///", "ldap:///2", CRL];
    const own = signing({ serial: 77, extensions: [keyUsage([0]), ...asking([], urls)] });
    const asked: string[] = [];
    expect(await kindOf({ [CRL]: crlOf(own.root, []) }, [own.leaf, own.root], asked)).toBe("good");
    expect(asked).toEqual([CRL]);
  });

  it.each([
    ["only lists for some reasons", partialPoint(CRL)],
    ["only an entry of a directory", namedPoint(rootName)],
  ])("of %s are none that could say it is good", async (_what, point) => {
    const own = signing({ serial: 77, extensions: [keyUsage([0]), point] });
    const asked: string[] = [];
    const status = await ask({ [CRL]: crlOf(own.root, []) }, [own.leaf, own.root], asked);
    expect([status.kind, asked]).toEqual(["unknown", []]);
  });

  it("that cannot be read leave it unknown, and throw nothing", async () => {
    const broken = signing({ serial: 77, extensions: [keyUsage([0]), extension("2.5.29.31", Buffer.from("no DER"))] });
    expect(await kindOf({}, [broken.leaf, broken.root])).toBe("unknown");
  });
});

describe("T25 a responder with a certificate of its own", () => {
  const { leaf, root: own } = signing({ serial: 77, extensions: [keyUsage([0]), ...asking([OCSP], [])] });
  const listed = responderOf(own, false, asking([], [CRL]));
  const answerBy = (signer: Made, state: "good" | "revoked" = "good"): Answers => ({ [OCSP]: ocspOf(own, 77, state, { signer }) });

  it("counts where the issuer says that nobody need ask about it, or where the list does not name it", async () => {
    expect(await kindOf(answerBy(responderOf(own)), [leaf, own])).toBe("good");
    expect(await kindOf({ ...answerBy(listed), [CRL]: crlOf(own, []) }, [leaf, own])).toBe("good");
    expect(await kindOf({ ...answerBy(listed, "revoked"), [CRL]: crlOf(own, []) }, [leaf, own])).toBe("revoked");
  });

  it("says nothing where it is on the list itself, where the list is not there, or where none is named", async () => {
    expect(await kindOf({ ...answerBy(listed), [CRL]: crlOf(own, [listed.serial]) }, [leaf, own])).toBe("unknown");
    expect(await kindOf(answerBy(listed), [leaf, own])).toBe("unknown");
    expect(await kindOf(answerBy(responderOf(own, false)), [leaf, own])).toBe("unknown");
  });

  it("says nothing when its time is over", async () => {
    expect(await kindOf(answerBy(responderOf(own, true, [], "2026-11-20T00:00:00Z")), [leaf, own])).toBe("unknown");
  });

  it("holds until the list that frees it ends", async () => {
    const list = crlOf(own, [], { nextUpdate: "2026-11-21T13:00:00Z" });
    expect(await ask({ ...answerBy(listed), [CRL]: list }, [leaf, own])).toMatchObject({ until: parseInstant("2026-11-21T13:00:00Z") });
  });
});

it("what is known is asked again when the first answer ends, and within a day at the latest, at the hour: the same answer stays the same fact", async () => {
  expect(await ask({ [CRL]: crlOf(root, []) })).toEqual({ kind: "good", until: parseInstant("2026-11-22T00:00:00Z") });
  expect(await ask({ [CRL]: crlOf(root, [], { nextUpdate: "2027-11-22T00:00:00Z" }) })).toEqual({
    kind: "good",
    until: NOW + 24 * 3_600_000,
  });
  expect(dayAfter(instant(NOW + 59 * 60_000))).toBe(NOW + 24 * 3_600_000);
  expect(dayAfter(instant(NOW + 60 * 60_000))).toBe(NOW + 25 * 3_600_000);
  expect(await ask({ [CRL]: crlOf(root, [77]) })).toMatchObject({ kind: "revoked", until: parseInstant("2026-11-22T00:00:00Z") });
});
