import { ParseError } from "../domain/parse-error.ts";
import type { AuditSink } from "../ports/audit-sink.ts";
import type { Secret } from "../runtime/secret.ts";
import { sinks } from "../sinks/table.ts";

export interface SinkEntry {
  readonly name: string;
  readonly kind: string;
  readonly url?: string;
  readonly secrets: readonly Secret[];
  readonly plainHttp: boolean;
}

/** @throws ParseError on an unknown kind, AdapterError on settings that can never work. */
export function openSinks(entries: readonly SinkEntry[], version: string): Promise<readonly AuditSink[]> {
  return Promise.all(entries.map((entry) => openSink(entry, version)));
}

async function openSink({ kind, secrets, ...settings }: SinkEntry, version: string): Promise<AuditSink> {
  const load = sinks[kind];
  if (load === undefined)
    throw new ParseError(`sinks: ${settings.name}`, `no kind ${kind} is built in`, `write one of ${Object.keys(sinks).join(", ")}`);
  return (await load()).open({ ...settings, secrets: secrets.map((each) => each.reveal()), version });
}
