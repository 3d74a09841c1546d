import { crls, ocspAnswers, tokens } from "./answer-targets.ts";
import { attestedPayloads, occurrences, openPgpKeys, openPgpMessages } from "./binauthz-targets.ts";
import { envelopes, keyedBundles, layers, messageBundles } from "./cosign-targets.ts";
import { certificates, keylessBundles, logEntries } from "./keyless-targets.ts";
import { chains, coseEnvelopes, jwsEnvelopes } from "./notation-targets.ts";
import { coseHeaders, jwsHeaders, payloads, statements, targets } from "./signed-targets.ts";
import type { MakeTarget } from "./target.ts";

/** Every form that strangers write and that is judged here. */
export const table: Readonly<Record<string, MakeTarget>> = {
  keyedBundles,
  messageBundles,
  envelopes,
  layers,
  keylessBundles,
  logEntries,
  certificates,
  jwsEnvelopes,
  coseEnvelopes,
  chains,
  tokens,
  ocspAnswers,
  crls,
  statements,
  payloads,
  targets,
  jwsHeaders,
  coseHeaders,
  occurrences,
  attestedPayloads,
  openPgpMessages,
  openPgpKeys,
};
