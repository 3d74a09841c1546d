import type { Repository } from "../domain/image-ref.ts";

/** What a call needs leave for. We build it ourselves: the challenge of `/v2/` knows no repository, and others name the wrong one. */
export type Scope =
  | { readonly kind: "repository"; readonly repository: Repository; readonly actions: readonly ("pull" | "push" | "delete")[] }
  | { readonly kind: "catalogue" };

export function pullFrom(repository: Repository): Scope {
  return { kind: "repository", repository, actions: ["pull"] };
}

export function pushTo(repository: Repository): Scope {
  return { kind: "repository", repository, actions: ["pull", "push"] };
}

export function deleteFrom(repository: Repository): Scope {
  return { kind: "repository", repository, actions: ["pull", "push", "delete"] };
}

/** Token specification of distribution, "Resource Scope Grammar". */
export function printScope(scope: Scope): string {
  return scope.kind === "catalogue" ? "registry:catalog:*" : `repository:${scope.repository}:${scope.actions.join(",")}`;
}

/**
 * What a challenge asks for beyond our own scopes, for the same objects only (ACR wants `metadata_read` for tag lists). A registry gets no
 * token for a repository that we did not ask it about.
 */
export function alsoAsked(asked: string | undefined, own: readonly string[]): readonly string[] {
  const objects = new Set(own.map(objectOf));
  const printable = (asked ?? "").split(" ").filter((scope) => /^[a-zA-Z0-9:/._,*-]{1,512}$/.test(scope));
  return printable.filter((scope) => objects.has(objectOf(scope)) && !own.includes(scope));
}

function objectOf(scope: string): string {
  return scope.slice(0, scope.lastIndexOf(":"));
}
