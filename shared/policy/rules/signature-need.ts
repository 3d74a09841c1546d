import type { TrustedSigner } from "../trust/trust.ts";
import { disjointPaths, type Edge } from "./disjoint-paths.ts";

/** A signature that counts: for any of its names, and once. */
export interface Counting {
  readonly names: readonly string[];
  /** What made it: two signatures of one key are one, whatever they are called. */
  readonly material: string;
}

/** Who must have signed. */
export interface Need {
  /** All who count. */
  readonly signers: readonly TrustedSigner[];
  readonly count: number;
  /** Somebody of each, and for each somebody else. */
  readonly roles: readonly string[];
}

/** How many different signers there are: different by name and by what they signed with. */
export function countSigners(counting: readonly Counting[]): number {
  const { edges, names, materials } = graphOf(counting);
  return disjointPaths(edges, names, materials);
}

/** How many of the roles are filled, each by somebody else. */
export function countRoles(counting: readonly Counting[], { signers, roles }: Pick<Need, "signers" | "roles">): number {
  const { edges, materials } = graphOf(counting);
  const byRole = roles.flatMap((role) => withRole(signers, role).map(({ name }): Edge => [`role ${role}`, `name ${name}`]));
  return disjointPaths(
    [...byRole, ...edges],
    roles.map((role) => `role ${role}`),
    materials,
  );
}

export function isMet(counting: readonly Counting[], need: Need): boolean {
  if (need.count === 1 && need.roles.length === 0) return counting.length > 0;
  return countSigners(counting) >= need.count && countRoles(counting, need) === need.roles.length;
}

export function withRole(signers: readonly TrustedSigner[], role: string): readonly TrustedSigner[] {
  return signers.filter(({ roles }) => roles.includes(role));
}

function graphOf(counting: readonly Counting[]) {
  const edges = new Map(
    counting.flatMap(({ names, material }) =>
      names.map((name): [string, Edge] => [`${name}\n${material}`, [`name ${name}`, `material ${material}`]]),
    ),
  );
  const all = [...edges.values()];
  return { edges: all, names: [...new Set(all.map(([name]) => name))], materials: [...new Set(all.map(([, material]) => material))] };
}
