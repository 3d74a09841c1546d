import { hung, INDENT, type Look, type Mark, marked, OK, OPEN } from "./marked-lines.ts";
import type {
  AuthorityView,
  CertificateView,
  FileView,
  LogView,
  NotationView,
  RootView,
  SigstoreView,
  StatementView,
  TrustView,
  WindowState,
} from "./trust-view.ts";

/** Whom the policy trusts, and until when what it rests on counts. */
export function renderTrust(trust: TrustView, look: Look): readonly string[] {
  const { keys, identities, sigstore, notation, attestors, ignored } = trust;
  const sections: readonly (readonly [title: string, lines: readonly string[]])[] = [
    ["Keys", keys.flatMap((each) => marked(OK, each.name, [...keyLines(each), ...needs(each.transparencyLog), ...roleLines(each)], look))],
    ["Identities", identities.flatMap((each) => identityLines(each, look))],
    ...sigstore.map((each) => [`Sigstore ${each.name}, by ${each.from}`, [...demandLines(each, look), ...rootLines(each, look)]] as const),
    ...(notation === undefined ? [] : [[`Notation, called ${notation.name}`, notationLines(notation, look)] as const]),
    ["Attestors", attestors.flatMap((each) => attestorLines(each, look))],
    ["Ignored, however good", ignored.flatMap((each) => ignoredLines(each, look))],
  ];
  const shown = sections.filter(([, lines]) => lines.length > 0);
  const nobody = keys.length + identities.length + attestors.length === 0 && notation === undefined;
  return [
    ...(nobody ? [`${INDENT}- nobody is trusted`] : []),
    ...shown.flatMap(([title, lines], index) => [...(index === 0 ? [] : [""]), ...hung(title, INDENT.length, look), ...lines]),
  ];
}

/** What one file holds. */
export function renderFile(file: FileView, look: Look): readonly string[] {
  switch (file.kind) {
    case "key":
      return marked(OK, "public key", keyLines(file.key), look);
    case "trusted-root":
      return rootLines(file, look);
    case "certificates":
      return file.certificates.flatMap((each) => marked(MARKS[each.state], "certificate", certificateLines(each), look));
  }
}

function keyLines({ algorithm, fingerprint }: { readonly algorithm: string; readonly fingerprint?: string }): readonly string[] {
  return [algorithm, ...(fingerprint === undefined ? [] : [`SHA-256 ${fingerprint}`])];
}

function needs(transparencyLog: string): readonly string[] {
  return transparencyLog === "required" ? ["only with an entry in a transparency log"] : [];
}

function roleLines({ roles }: { readonly roles: readonly string[] }): readonly string[] {
  return roles.length === 0 ? [] : [`as ${roles.join(", ")}`];
}

function identityLines(
  { name, issuer, subject, claims, sigstore, ...roles }: TrustView["identities"][number],
  look: Look,
): readonly string[] {
  const said = Object.entries(claims).map(([claim, value]) => `and ${claim} is ${value}`);
  return marked(
    OK,
    name,
    [subject, `says ${issuer}${sigstore === undefined ? "" : `, certified by Sigstore ${sigstore}`}`, ...said, ...roleLines(roles)],
    look,
  );
}

function demandLines({ transparencyLog, timestamp, sct }: SigstoreView, look: Look): readonly string[] {
  const demanded = [
    ...(transparencyLog === "required" ? ["an entry in its log"] : []),
    ...(timestamp === "required" ? ["a timestamp of an authority"] : []),
    ...(sct === "required" ? ["the certificate in a certificate log"] : []),
  ];
  return marked(
    demanded.length === 0 ? OPEN : OK,
    "demands",
    [demanded.length === 0 ? "nothing beside the certificate" : demanded.join(", ")],
    look,
  );
}

function rootLines({ authorities, logs, certificateLogs, timestampAuthorities }: RootView, look: Look): readonly string[] {
  return [
    ...authorities.flatMap((each) => authorityLines("authority", each, look)),
    ...logs.flatMap((each) => logLines("log", each, look)),
    ...certificateLogs.flatMap((each) => logLines("certificate log", each, look)),
    ...timestampAuthorities.flatMap((each) => authorityLines("timestamps", each, look)),
  ];
}

const MARKS: Readonly<Record<WindowState, Mark>> = {
  counts: OK,
  soon: ["!", "yellow"],
  ended: ["-", "faint"],
  "not-yet": [".", "faint"],
};

/** Of a chain the certificate that ends first decides, if its operator has not set an end before. */
function authorityLines(name: string, { certificates, state, from, until }: AuthorityView, look: Look): readonly string[] {
  const worst = [state, ...certificates.map((each) => each.state)];
  const shown = (["ended", "not-yet", "soon"] as const).find((each) => worst.includes(each)) ?? "counts";
  return marked(
    MARKS[shown],
    name,
    [windowWords({ state, from, ...(until === undefined ? {} : { until }) }), ...certificates.flatMap(certificateLines)],
    look,
  );
}

function logLines(name: string, { id, key, ...window }: LogView, look: Look): readonly string[] {
  return marked(MARKS[window.state], name, [`${windowWords(window)}, ${key.algorithm}`, `id ${id}`], look);
}

function certificateLines({ subject, key, fingerprint, ...window }: CertificateView): readonly string[] {
  return [subject, `  ${windowWords(window)}, ${key.algorithm}`, `  SHA-256 ${fingerprint}`];
}

const STATES: Readonly<Record<WindowState, string>> = { counts: "", soon: ": ends soon", ended: ": has ended", "not-yet": ": not yet" };

function windowWords({ from, until, state }: Pick<LogView, "from" | "state"> & { readonly until?: string }): string {
  return `${day(from)} to ${until === undefined ? "no end" : day(until)}${STATES[state]}`;
}

function day(at: string): string {
  return at.slice(0, 10);
}

function notationLines({ statements, stores, roles }: NotationView, look: Look): readonly string[] {
  return [
    ...(roles.length === 0 ? [] : marked(OK, "roles", roleLines({ roles }), look)),
    ...statements.flatMap((each) => statementLines(each, look)),
    ...stores.flatMap(({ name, certificates }) =>
      certificates.flatMap((each) => marked(MARKS[each.state], name, certificateLines(each), look)),
    ),
  ];
}

function statementLines({ name, scopes, checks, stores = [], identities = [] }: StatementView, look: Look): readonly string[] {
  const where = `for ${scopes.includes("*") ? "every repository without a statement of its own" : scopes.join(", ")}`;
  if (checks === undefined) return marked(OPEN, name, [where, "signatures are not looked at"], look);
  const weak = Object.entries(checks).flatMap(([check, action]) => (action === "enforce" ? [] : [`${check}: ${action}`]));
  const who = identities.includes("*") ? ["whoever has a certificate of its stores"] : identities;
  return marked(
    weak.length === 0 ? OK : OPEN,
    name,
    [where, ...who, `stores ${stores.join(", ")}`, ...(weak.length === 0 ? [] : [`not enforced: ${weak.join(", ")}`])],
    look,
  );
}

function ignoredLines({ signer, signature, from, until, reason }: TrustView["ignored"][number], look: Look): readonly string[] {
  const what = [
    signature === undefined ? "every signature" : `the signature ${signature}`,
    ...(signer === undefined ? [] : [`of ${signer}`]),
    ...(from === undefined ? [] : [`from ${day(from)} on`]),
    ...(until === undefined ? [] : [`before ${day(until)}`]),
  ];
  return marked(["~", "yellow"], "ignored", [what.join(" "), `for: ${reason}`], look);
}

function attestorLines({ name, note, attestor, keys, ...roles }: TrustView["attestors"][number], look: Look): readonly string[] {
  const where = note ?? `${attestor ?? ""}: note and keys are asked for when they are needed`;
  return marked(
    attestor === undefined ? OK : OPEN,
    name,
    [where, ...keys.flatMap((key) => [...keyLines(key), ...(key.id === undefined ? [] : [key.id])]), ...roleLines(roles)],
    look,
  );
}
