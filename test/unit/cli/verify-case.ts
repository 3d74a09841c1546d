import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleOf, ecSigner, type Signer, statementOf } from "../../fixtures/cosign.ts";
import { type LayoutWriter, type Stored, writeLayout } from "../../fixtures/image-layout.ts";
import { attachBundle } from "../../fixtures/signed-image.ts";
import { goodBundle, ISSUER, makeInstance, rootOf, SUBJECT } from "../../fixtures/sigstore.ts";
import { type Ran, run } from "./run.ts";

/** Of a team, and of nobody whom a policy trusts. */
export const [release, stranger] = [ecSigner("prime256v1"), ecSigner("prime256v1")] as const;
const instance = makeInstance();

export const TRUST = `trust:
  keys: [{ name: release, file: release.pub }]
  identities: [{ name: ci, issuer: "${ISSUER}", subject: "${SUBJECT}" }]
  sigstore: [{ name: own, root: trusted_root.json }]
`;
export const SIGNED = "  - { id: signed, rule: signature-required, signers: [release] }\n";
export const OF_OTHERS = "  - { id: small, rule: severity-threshold, atLeast: critical }\n";

export interface Answer {
  readonly exit: number;
  readonly verdict: string;
  readonly rules: readonly { readonly id: string; readonly state: string; readonly place?: string }[];
  readonly signatures: readonly Readonly<Record<string, unknown>>[];
  readonly asked: readonly { readonly place: string; readonly found: unknown }[];
}

/** An image in a folder, to be signed, and a policy beside it. */
export interface VerifyCase {
  readonly layout: LayoutWriter;
  readonly image: Stored;
  /** Whole path of a file beside the policy. */
  at(name: string): string;
  policy(rules: string, trust?: string): string;
  sign(by: Signer, subject?: Stored, more?: Readonly<Record<string, unknown>>): Promise<Stored>;
  signKeyless(): Promise<Stored>;
  verify(...words: readonly string[]): Promise<Ran>;
  answerOf(...words: readonly string[]): Promise<Answer>;
  close(): Promise<void>;
}

export async function openVerifyCase(): Promise<VerifyCase> {
  const folder = mkdtempSync(join(tmpdir(), "moorgate-verify-"));
  const at = (name: string): string => join(folder, name);
  writeFileSync(at("release.pub"), release.key.pem);
  writeFileSync(at("stranger.pub"), stranger.key.pem);
  writeFileSync(at("trusted_root.json"), JSON.stringify(rootOf(instance)));
  const layout = await writeLayout();
  writeFileSync(join(layout.dir, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  const image = await layout.image("the image", "1.0");
  const verify: VerifyCase["verify"] = async (...words) => {
    await layout.finish();
    return run(["verify", `oci:${layout.dir}:1.0`, ...words]);
  };
  return {
    layout,
    image,
    at,
    verify,
    policy(rules, trust = TRUST) {
      const head = "apiVersion: moorgate.dev/v1\nkind: Policy\nmetadata: { name: signed }\nmode: enforce\n";
      writeFileSync(at("policy.yaml"), `${head}${trust}rules:\n${rules}`);
      return at("policy.yaml");
    },
    sign: (by, subject = image, more = {}) => attachBundle(layout, subject, bundleOf(by, statementOf(subject.digest, more))),
    signKeyless: () => attachBundle(layout, image, goodBundle(instance, { statement: statementOf(image.digest) })),
    async answerOf(...words) {
      const ran = await verify(...words, "--json");
      return { ...JSON.parse(ran.out), exit: ran.exit };
    },
    async close() {
      await layout.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export const outcomes = ({ signatures }: Pick<Answer, "signatures">): readonly unknown[] => signatures.map(({ outcome }) => outcome);
