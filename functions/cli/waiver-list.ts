import { shortDigest } from "../../shared/domain/digest.ts";
import { between, type Instant, printDuration, printInstant } from "../../shared/domain/time.ts";
import type { Waiver, WaiverScope } from "../../shared/policy/waivers/waiver.ts";
import { systemClock } from "../../shared/runtime/clock.ts";
import { EXIT } from "./exit-code.ts";
import { policyOf } from "./stored.ts";
import type { Run } from "./verb.ts";

export const runWaiverList: Run = async ({ flags, terminal, asJson }) => {
  const { policy } = policyOf(flags, "Could not list the waivers");
  const now = systemClock.now();
  const waivers = policy.waivers.toSorted((a, b) => a.expiresAt - b.expiresAt || (a.id < b.id ? -1 : 1));
  if (asJson) terminal.printJson({ waivers: waivers.map((waiver) => ({ ...answer(waiver), state: stateOf(waiver, now) })) });
  else if (waivers.length === 0) terminal.print("  No waivers.");
  else terminal.print(waivers.flatMap((waiver) => lines(waiver, now)).join("\n"));
  return EXIT.fine;
};

function lines(waiver: Waiver, now: Instant): readonly string[] {
  const { id, scope, owner, ticket, reason, place } = waiver;
  const who = ticket === undefined ? owner : `${owner}, ${ticket}`;
  return [
    `  ${SYMBOLS[stateOf(waiver, now)]} ${id}   ${endOf(waiver, now)}`,
    `      ${whatOf(scope)}`,
    `      "${reason}" (${who}) [${place}]`,
  ];
}

const SYMBOLS = { counts: "~", "not-yet": ".", ended: "!" } as const;

function stateOf({ createdAt, expiresAt }: Waiver, now: Instant): "not-yet" | "counts" | "ended" {
  if (now >= expiresAt) return "ended";
  return now < createdAt ? "not-yet" : "counts";
}

function endOf(waiver: Waiver, now: Instant): string {
  const day = printInstant(waiver.expiresAt).slice(0, 10);
  const state = stateOf(waiver, now);
  if (state === "ended") return `ended ${day}`;
  return state === "not-yet"
    ? `begins ${printInstant(waiver.createdAt).slice(0, 10)}`
    : `ends ${day}, in ${printDuration(between(now, waiver.expiresAt))}`;
}

function whatOf({ vulnerabilities = [], package: named, image, rules = [] }: WaiverScope): string {
  const what = [...vulnerabilities, ...(named?.name ?? named?.purl ?? [])];
  return `${(what.length === 0 ? rules : what).join(", ")} in ${whereOf(image).join(", ")}`;
}

function whereOf(image: WaiverScope["image"]): readonly string[] {
  return image?.repository ?? image?.digest?.map(shortDigest) ?? ["every image"];
}

function answer({ createdAt, expiresAt, ...waiver }: Waiver): object {
  return { ...waiver, createdAt: printInstant(createdAt), expiresAt: printInstant(expiresAt) };
}
