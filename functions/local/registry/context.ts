import type { Repository } from "../../../shared/domain/image-ref.ts";
import type { NamedLocks } from "../../../shared/ports/named-locks.ts";
import type { Basic } from "../../../shared/ports/provider.ts";
import type { Envelope } from "./envelope.ts";
import type { Layout } from "./layout.ts";
import type { Uploads } from "./upload-store.ts";

export interface AccessRequest {
  /** `GET` asks to read, anything else to change. */
  readonly method: string;
  /** Absent for the base and the catalogue. */
  readonly repository?: Repository;
  readonly credentials?: Pick<Basic, "username" | "password">;
}

/**
 * `challenge` asks for credentials (401), `deny` refuses those that came (403). An object allows, and says that the credentials prove
 * who it is; a name that nobody checked never gets into an event.
 */
export type Access = (request: AccessRequest) => Admission;
export type Admission = "allow" | "challenge" | "deny" | { readonly actor: string };

export function isAllowed(admission: Admission): boolean {
  return admission !== "challenge" && admission !== "deny";
}

/** Where the gate keeps what is held: `folder/<repository>`. Nobody but the keeper is served a manifest that lies there from its own repository. */
export interface QuarantinePlace {
  readonly folder: string;
  /** The actor that the gate's own credentials prove. */
  readonly keeper: string;
}

/** What the handlers share. */
export interface RegistryContext {
  readonly layout: Layout;
  readonly uploads: Uploads;
  /** One change of a repository's manifests and tags at a time. */
  readonly locks: NamedLocks;
  readonly notify: (envelope: Envelope) => Promise<void>;
  readonly access: Access;
  readonly quarantine: QuarantinePlace | undefined;
  /** New at each start, as in distribution: a change tells that events may have been lost. */
  readonly instanceId: string;
}

/** One request after the door: who asks and how. */
export interface Call {
  readonly request: Request;
  readonly url: URL;
  readonly host: string;
  /** `ip:port` of the connection. */
  readonly peer: string;
  readonly credentials: Pick<Basic, "username" | "password"> | undefined;
  readonly actor: string | undefined;
}
