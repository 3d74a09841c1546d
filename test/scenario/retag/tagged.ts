import { signImage } from "../../../functions/local/samples/sign.ts";
import type { Digest } from "../../../shared/domain/digest.ts";
import { type ImageKey, parseRepository, parseTag } from "../../../shared/domain/image-ref.ts";
import { imageNamed, SIGNED_POLICY, type SmallGate } from "../../fakes/small-gate.ts";

export const CREATED = "2026-01-01T00:00:00Z";
export const REPOSITORY = parseRepository("shop/api");

/** Images have to be signed; `enforcement` says what becomes of tags. */
export function policy(enforcement: string): string {
  return SIGNED_POLICY.replace("enforcement: {", `enforcement: { ${enforcement},`);
}

/** Judged once it is signed. */
export async function signedIn(gate: SmallGate, name: string, tags: readonly string[]): Promise<ImageKey> {
  const key = await pushAll(gate, name, tags);
  await sign(gate, name);
  return key;
}

export async function sign(gate: SmallGate, name: string): Promise<void> {
  await gate.attach(REPOSITORY, signImage(gate.key, imageNamed(name).manifest, CREATED));
  await gate.drain();
}

export async function unsignedIn(gate: SmallGate, name: string, tags: readonly string[]): Promise<ImageKey> {
  const key = await pushAll(gate, name, tags);
  await gate.drain();
  return key;
}

async function pushAll(gate: SmallGate, name: string, [first, ...others]: readonly string[]): Promise<ImageKey> {
  const key = await gate.push(REPOSITORY, first, imageNamed(name));
  for (const tag of others) await gate.push(REPOSITORY, tag, imageNamed(name));
  return key;
}

export function headIn(gate: SmallGate, tag: string): Promise<Digest | undefined> {
  return gate.client.resolve(REPOSITORY, parseTag(tag));
}

/** What was done for an image, oldest first. */
export async function verbsOf(gate: SmallGate, key: ImageKey): Promise<readonly string[]> {
  const actions = await gate.store.ledger.actions(key);
  return actions.map(({ action }) => (action.verb === "retag" ? action.purpose : action.verb)).toReversed();
}
