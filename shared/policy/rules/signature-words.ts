import type { Fact } from "../rule.ts";
import type { TrustedSigner } from "../trust/trust.ts";
import { few } from "./fact.ts";
import type { Counted } from "./signature-count.ts";
import { countRoles, countSigners, isMet, type Need, withRole } from "./signature-need.ts";

type Telling = Omit<Fact, "status" | "severity">;

/** What speaks against an image whose signatures are not enough. Unknown where they would be, if all that cannot be told were good. */
export function missingFacts(found: readonly Counted[], need: Need): readonly Fact[] {
  const counting = found.filter((each) => each.kind === "counts");
  const atBest = found.filter((each) => each.kind !== "passed-over");
  if (counting.length === 0) {
    const isOpen = isMet(atBest, need);
    return [statusOf(found.length === 0 ? unsigned(need) : notAccepted(found, need, isOpen), isOpen)];
  }
  const facts: Fact[] = [];
  const count = countSigners(counting);
  if (count < need.count) facts.push(statusOf(tooFew(found, need, count), countSigners(atBest) >= need.count));
  if (countRoles(counting, need) < need.roles.length)
    facts.push(statusOf(unfilled(found, need), countRoles(atBest, need) === need.roles.length));
  return facts;
}

function statusOf(telling: Telling, isOpen: boolean): Fact {
  if (!isOpen) return { ...telling, status: "violated", severity: "high" };
  const remedy = `${ASK_AGAIN}; or ${telling.remedy}`;
  return { ...telling, remedy, status: "unknown", severity: "unknown" };
}

// What is open is whether a certificate has been revoked; hosts of the own network are asked only where the settings name them.
const ASK_AGAIN = "make whoever answers for revocation reachable, hosts of the own network by revocation.internalHosts: it is asked again";

function unsigned(need: Need): Telling {
  return { about: ["unsigned"], message: `not signed: no signature was found (accepted: ${wantedWords(need)})`, remedy: remedyFor(need) };
}

function notAccepted(found: readonly Counted[], need: Need, isOpen: boolean): Telling {
  const isForAge = !isOpen && found.some((each) => each.kind === "passed-over" && each.isForAge);
  const words = isOpen
    ? "whether it is signed is not known"
    : isForAge
      ? "no signature is known to be young enough"
      : "signed by nobody that counts";
  return {
    about: [isForAge ? "not-fresh" : "not-accepted"],
    message: `${words}: found ${printFound(found)} (accepted: ${wantedWords(need)})`,
    remedy: isForAge ? `sign it anew: ${remedyFor(need)}` : remedyFor(need),
  };
}

function tooFew(found: readonly Counted[], need: Need, count: number): Telling {
  const signed = new Set(found.flatMap((each) => (each.kind === "counts" ? each.names : [])));
  const others = need.signers.map(({ name }) => name).filter((name) => !signed.has(name));
  return {
    about: ["too-few"],
    message: `signed by ${count} of the ${need.count} different signers that are needed: found ${printFound(found)}`,
    remedy: others.length === 0 ? "have somebody else sign it, with a key of their own" : `sign it as ${few(others, " or ")} too`,
  };
}

function unfilled(found: readonly Counted[], { signers, roles }: Need): Telling {
  const counting = found.filter((each) => each.kind === "counts");
  const missing = roles.filter((role) => countRoles(counting, { signers, roles: [role] }) === 0);
  if (missing.length === 0)
    return {
      about: ["roles"],
      message: `one signer cannot stand for two of the roles ${roles.join(", ")}: found ${printFound(found)}`,
      remedy: "have it signed for each role by somebody else, with a key of their own",
    };
  return {
    about: ["roles"],
    message: `nobody signed it as ${missing.join(" and as ")}: found ${printFound(found)}`,
    remedy: `have it signed ${whoFills(missing, signers)}`,
  };
}

function whoFills(roles: readonly string[], signers: readonly TrustedSigner[]): string {
  return roles
    .map((role) => {
      const names = withRole(signers, role).map(({ name }) => name);
      return `as ${role}: ${few(names, " or ") || "nobody has that role"}`;
    })
    .join("; ");
}

function remedyFor({ signers, count, roles }: Need): string {
  if (signers.length === 0) return "trust a key or identity in the policy, then sign with it";
  if (roles.length > 0) return `have it signed ${whoFills(roles, signers)}`;
  const names = signers.map(({ name }) => name).join(count === signers.length && count > 1 ? " and " : " or ");
  return `sign it as ${count > 1 && count < signers.length ? `${count} of ` : ""}${names}`;
}

function wantedWords({ signers, count, roles }: Need): string {
  if (signers.length === 0) return "nobody";
  const names = signers.map(({ name }) => name).join(", ");
  const needed = count === 1 ? names : `${count} of ${names}`;
  return roles.length === 0 ? needed : `${needed}; roles: ${roles.join(", ")}`;
}

function printFound(found: readonly Counted[]): string {
  const words = found.map((each) => {
    return each.kind === "counts" ? (each.names[0] ?? "") : each.why;
  });
  const counts = Map.groupBy(words, (word) => word);
  return few([...counts].map(([word, all]) => (all.length === 1 ? word : `${word} (${all.length})`)).sort());
}
