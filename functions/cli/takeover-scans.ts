import type * as z from "zod";
import { ScanListView } from "../../shared/web/api/schema-take-over.ts";
import { EXIT } from "./exit-code.ts";
import { usageError } from "./fault.ts";
import type { Flags } from "./flags.ts";
import { openGate } from "./gate.ts";
import { withProgress } from "./progress.ts";
import { count, notKnownYet } from "./takeover-status.ts";
import type { Run } from "./verb.ts";

type List = z.output<typeof ScanListView>;

const MOST = 10_000;

export const runTakeOverScans: Run = async ({ flags, words: [registry = ""], terminal, asJson }) => {
  const price = priceIn(flags);
  const limit = flags.number("limit", 1, MOST);
  const query = limit === undefined ? "" : `?limit=${limit}`;
  const path = `/api/v1/takeover/${encodeURIComponent(registry)}/scans${query}`;
  const gate = openGate(flags);
  const list = await withProgress(terminal, "Reading manifests", () => gate.get(path, ScanListView));
  const missing = await notKnownYet(gate, registry);
  const cost = price === undefined ? undefined : costOf(list.images.length, price);
  if (asJson) terminal.printJson({ ...list, ...(cost === undefined ? {} : { cost }), ...(missing === undefined ? {} : { missing }) });
  else {
    if (list.images.length > 0) terminal.print(list.images.map(({ reference }) => reference).join("\n"));
    terminal.tell(estimate(list, cost));
    if (missing !== undefined) terminal.tell(`  ! Not all    ${missing}`);
  }
  return missing === undefined ? EXIT.fine : EXIT.indeterminate;
};

interface Price {
  /** In millionths, so that sums are exact. */
  readonly micros: bigint;
  readonly currency: string;
}

function priceIn(flags: Flags): Price | undefined {
  const given = flags.text("pricePerImage");
  const currency = flags.text("currency") ?? "USD";
  if (given === undefined) return undefined;
  const [, whole, fraction = ""] = /^(\d{1,9})(?:\.(\d{1,6}))?$/.exec(given) ?? [];
  if (whole === undefined || !/^[A-Z]{3}$/.test(currency))
    throw usageError("Could not estimate", `${given} ${currency} is no price`, "write it as --price-per-image 0.26 --currency USD");
  return { micros: BigInt(whole) * 1_000_000n + BigInt(fraction.padEnd(6, "0")), currency };
}

function costOf(images: number, { micros, currency }: Price): { readonly amount: string; readonly currency: string } {
  const cents = (micros * BigInt(images) + 5_000n) / 10_000n;
  return { amount: `${cents / 100n}.${String(cents % 100n).padStart(2, "0")}`, currency };
}

function estimate({ images, total, use, others, size }: List, cost: ReturnType<typeof costOf> | undefined): string {
  const left = Object.entries(others).filter(([, number]) => number > 0);
  return [
    `  TO SCAN    ${count(images.length)} of ${count(total)} images that nobody has scanned`,
    `  In use     ${count(use.running)} run, ${count(use.pulled)} were pulled lately, ${count(use.unknown)} nobody knows of, ${count(use.notRunning)} run nowhere`,
    `  To pull    ${mebibytes(size.bytes)} MiB in ${count(size.layers)} layers, each once${size.unknown === 0 ? "" : `; ${count(size.unknown)} images are of unknown size`}`,
    ...(cost === undefined ? [] : [`  Costs      ${cost.amount} ${cost.currency} at the price given`]),
    ...(left.length === 0 ? [] : [`  Not listed ${left.map(([kind, number]) => `${count(number)} ${kind}`).join(", ")}`]),
  ].join("\n");
}

function mebibytes(bytes: number): string {
  return count(Math.ceil(bytes / 1_048_576));
}
