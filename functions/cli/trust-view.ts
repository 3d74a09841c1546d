import type {
  AttestorFacts,
  AuthorityFacts,
  CertificateFacts,
  FileFacts,
  KeyFacts,
  LogFacts,
  NotationFacts,
  RootFacts,
  TrustFacts,
  TrustWindow,
} from "../../shared/compose/trust-facts.ts";
import { between, type Instant, parseDuration, printInstant } from "../../shared/domain/time.ts";
import type { IgnoredSignatures, PolicyIdentity, PolicySigstore, PolicyTrust } from "../../shared/policy/trust/trust.ts";

/** `soon`: it ends within 30 days. `ended`: it counts for what was signed before, and for nothing new. */
export type WindowState = "counts" | "not-yet" | "soon" | "ended";

const SOON = parseDuration("30d");

interface WindowView {
  readonly from: string;
  /** Absent: nobody set an end. */
  readonly until?: string;
  readonly state: WindowState;
}

type Dated<Facts extends TrustWindow> = Omit<Facts, keyof TrustWindow> & WindowView;

export type CertificateView = Dated<CertificateFacts>;
export type LogView = Dated<LogFacts>;
export type AuthorityView = Omit<Dated<AuthorityFacts>, "certificates"> & { readonly certificates: readonly CertificateView[] };

export interface RootView {
  readonly authorities: readonly AuthorityView[];
  readonly logs: readonly LogView[];
  readonly certificateLogs: readonly LogView[];
  readonly timestampAuthorities: readonly AuthorityView[];
}

export interface KeyView extends KeyFacts {
  readonly name: string;
  readonly roles: readonly string[];
  readonly transparencyLog: string;
}

export interface IdentityView {
  readonly name: string;
  readonly roles: readonly string[];
  readonly issuer: string;
  readonly subject: string;
  readonly claims: Readonly<Record<string, string>>;
  readonly sigstore?: string;
}

export interface SigstoreView extends RootView, Pick<PolicySigstore, "name" | "transparencyLog" | "timestamp" | "sct"> {
  /** File of its root, or address of the mirror that renews it. */
  readonly from: string;
}

export type AttestorView = AttestorFacts & { readonly roles: readonly string[] };

/** Signatures that do not count although they are good. */
export interface IgnoredView {
  readonly signer?: string;
  readonly signature?: string;
  readonly from?: string;
  readonly until?: string;
  readonly reason: string;
}

export interface StatementView {
  readonly name: string;
  readonly scopes: readonly string[];
  /** Absent: signatures of its repositories are not looked at. */
  readonly checks?: Readonly<Record<string, string>>;
  readonly stores?: readonly string[];
  /** `*`: whoever has a certificate of the stores. */
  readonly identities?: readonly string[];
}

export interface NotationView {
  readonly name: string;
  readonly roles: readonly string[];
  readonly statements: readonly StatementView[];
  readonly stores: readonly { readonly name: string; readonly certificates: readonly CertificateView[] }[];
}

/** What is trusted, for scripts; keep it stable. */
export interface TrustView {
  readonly keys: readonly KeyView[];
  readonly identities: readonly IdentityView[];
  readonly sigstore: readonly SigstoreView[];
  readonly notation?: NotationView;
  readonly attestors: readonly AttestorView[];
  readonly ignored: readonly IgnoredView[];
}

export function trustView(trust: PolicyTrust, facts: TrustFacts, now: Instant): TrustView {
  const keys = new Map(facts.keys.map(({ name, ...key }) => [name, key]));
  const roots = new Map(facts.sigstore.map(({ name, ...root }) => [name, root]));
  return {
    keys: trust.keys.flatMap(({ name, transparencyLog, roles }) => {
      const key = keys.get(name);
      return key === undefined ? [] : [{ name, ...key, transparencyLog, roles }];
    }),
    identities: trust.identities.map(identityView),
    sigstore: trust.sigstore.flatMap(({ name, source, transparencyLog, timestamp, sct }) => {
      const root = roots.get(name);
      const from = source.kind === "file" ? source.path : source.url;
      return root === undefined ? [] : [{ name, from, transparencyLog, timestamp, sct, ...rootView(root, now) }];
    }),
    ...(facts.notation === undefined ? {} : { notation: { ...notationView(facts.notation, now), roles: trust.notation?.roles ?? [] } }),
    attestors: facts.attestors.map((each) => ({
      ...each,
      roles: trust.attestors?.find(({ name }) => name === each.name)?.roles ?? [],
    })),
    ignored: trust.ignored.map(ignoredView),
  };
}

function identityView({ name, issuer, subject, claims, sigstore, roles }: PolicyIdentity): IdentityView {
  return { name, issuer: issuer.value, subject: subject.value, claims, ...(sigstore === undefined ? {} : { sigstore }), roles };
}

function ignoredView({ signer, signature, from, until, reason }: IgnoredSignatures): IgnoredView {
  return {
    ...(signer === undefined ? {} : { signer }),
    ...(signature === undefined ? {} : { signature }),
    ...(from === undefined ? {} : { from: printInstant(from) }),
    ...(until === undefined ? {} : { until: printInstant(until) }),
    reason,
  };
}

/** The same for one file. */
export type FileView =
  | { readonly kind: "key"; readonly key: KeyFacts }
  | ({ readonly kind: "trusted-root" } & RootView)
  | { readonly kind: "certificates"; readonly certificates: readonly CertificateView[] };

export function fileView(facts: FileFacts, now: Instant): FileView {
  switch (facts.kind) {
    case "key":
      return facts;
    case "trusted-root":
      return { kind: "trusted-root", ...rootView(facts.root, now) };
    case "certificates":
      return { kind: "certificates", certificates: facts.certificates.map((each) => dated(each, now)) };
  }
}

function rootView({ authorities, logs, certificateLogs, timestampAuthorities }: RootFacts, now: Instant): RootView {
  const authority = ({ certificates, ...window }: AuthorityFacts): AuthorityView => ({
    ...dated(window, now),
    certificates: certificates.map((each) => dated(each, now)),
  });
  return {
    authorities: authorities.map(authority),
    logs: logs.map((each) => dated(each, now)),
    certificateLogs: certificateLogs.map((each) => dated(each, now)),
    timestampAuthorities: timestampAuthorities.map(authority),
  };
}

function notationView({ name, statements, stores }: NotationFacts, now: Instant): Omit<NotationView, "roles"> {
  return {
    name,
    statements: statements.map(statementView),
    stores: stores.map((store) => ({ name: store.name, certificates: store.certificates.map((each) => dated(each, now)) })),
  };
}

function statementView(statement: NotationFacts["statements"][number]): StatementView {
  const { name, scopes } = statement;
  if (statement.kind === "skip") return { name, scopes };
  const { actions, stores, identities, signingProfiles } = statement;
  const written = identities === "any" ? ["*"] : identities.map((wanted) => [...wanted].map((pair) => pair.join("=")).join(", "));
  return { name, scopes, checks: actions, stores, identities: [...written, ...signingProfiles] };
}

function dated<Facts extends TrustWindow>({ from, until, ...facts }: Facts, now: Instant): Omit<Facts, keyof TrustWindow> & WindowView {
  return {
    ...facts,
    from: printInstant(from),
    ...(until === undefined ? {} : { until: printInstant(until) }),
    state: stateOf(from, until, now),
  };
}

function stateOf(from: Instant, until: Instant | undefined, now: Instant): WindowState {
  if (now < from) return "not-yet";
  if (until === undefined) return "counts";
  if (until < now) return "ended";
  return between(now, until) <= SOON ? "soon" : "counts";
}
