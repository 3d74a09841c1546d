import { statSync } from "node:fs";
import { parseArgs } from "node:util";
import { kinds } from "./kinds/table.ts";
import { type Judged, run } from "./run.ts";

const USAGE = `Usage: npm run corpus -- DIR [--kind NAME]... [--json]

Runs every case that DIR holds against the parsers, verifiers and outputs of this project.
Kinds: ${kinds.map(({ name }) => name).join(", ")}.
Exit: 0 all that ran passed, 1 a case failed, 3 wrong use or nothing to run.
`;

interface Asked {
  readonly folder: string;
  readonly kinds: readonly string[];
  readonly json: boolean;
}

function readArguments(args: readonly string[]): Asked | string {
  try {
    const options = { kind: { type: "string", multiple: true }, json: { type: "boolean" } } as const;
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const [folder, ...more] = positionals;
    if (folder === undefined || more.length > 0) return "name one folder";
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return `${folder} is no folder`;
    const unknown = values.kind?.find((name) => !kinds.some((kind) => kind.name === name));
    return unknown === undefined ? { folder, kinds: values.kind ?? [], json: values.json === true } : `there is no kind ${unknown}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function tally(judged: readonly Judged[]): {
  readonly passed: number;
  readonly failed: number;
  readonly unsupported: Readonly<Record<string, number>>;
} {
  const unsupported = judged.flatMap(({ kind, row }) =>
    row.outcome === "unsupported" ? [row.detail === kind ? kind : `${kind}/${row.detail}`] : [],
  );
  return {
    passed: judged.filter(({ row }) => row.outcome === "passed").length,
    failed: judged.filter(({ row }) => row.outcome === "failed").length,
    unsupported: Object.fromEntries([...Map.groupBy(unsupported, (name) => name)].map(([name, group]) => [name, group.length])),
  };
}

async function main(): Promise<number> {
  const asked = readArguments(process.argv.slice(2));
  if (typeof asked === "string") {
    process.stderr.write(`${asked}\n\n${USAGE}`);
    return 3;
  }
  const judged: Judged[] = [];
  for await (const one of run(asked.folder, asked.kinds)) {
    judged.push(one);
    if (!asked.json && one.row.outcome === "failed")
      console.log(`failed ${one.kind} ${one.row.case}: ${one.row.detail.replaceAll("\n", " ")}`);
  }
  const { passed, failed, unsupported } = tally(judged);
  if (asked.json) {
    const failures = judged.flatMap(({ kind, row }) => (row.outcome === "failed" ? [{ kind, case: row.case, detail: row.detail }] : []));
    console.log(JSON.stringify({ passed, failed, unsupported, failures }));
  } else {
    for (const [name, count] of Object.entries(unsupported)) console.log(`unsupported ${name}: ${count}`);
    console.log(`${passed} passed, ${failed} failed`);
  }
  if (passed + failed === 0) process.stderr.write(`${asked.folder} holds no case that can be run\n`);
  return passed + failed === 0 ? 3 : Math.min(failed, 1);
}

process.exitCode = await main();
