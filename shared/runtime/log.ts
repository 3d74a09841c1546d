import { printInstant } from "../domain/time.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log, LogFields } from "../ports/log.ts";

const LEVELS = ["info", "warn", "error", "silent"] as const;
/** The least that is written; `silent` writes nothing. */
export type LogLevel = (typeof LEVELS)[number];

const SECRET_NAME = /secret|token|password|passwd|authorization|cookie|credential|api-?_?key|private-?_?key/i;
const LONGEST_VALUE = 2_000;

interface LogSettings {
  readonly level: LogLevel;
  readonly clock: Clock;
  /** Takes one line without its end; stderr where absent, for stdout belongs to answers. */
  readonly write?: (line: string) => void;
}

export function openLog({ level, clock, write = writeToStderr }: LogSettings): Log {
  const threshold = LEVELS.indexOf(level);
  const say =
    (at: Exclude<LogLevel, "silent">) =>
    (message: string, fields: LogFields = {}): void => {
      if (LEVELS.indexOf(at) < threshold) return;
      write(printLine({ time: printInstant(clock.now()), level: at, msg: message }, fields));
    };
  return { info: say("info"), warn: say("warn"), error: say("error") };
}

/** Fields cannot forge `time`, `level` or `msg`: those are written last, and the last member of a name counts. */
function printLine(head: Readonly<Record<string, string>>, fields: LogFields): string {
  const shown = Object.entries(fields).map(([name, value]) => [name, redact(name, value)] as const);
  return escapeTerminal(JSON.stringify({ ...head, ...Object.fromEntries(shown), ...head }));
}

function redact(name: string, value: LogFields[string]): LogFields[string] {
  if (value === undefined) return undefined;
  if (SECRET_NAME.test(name)) return "[redacted]";
  if (typeof value !== "string") return value;
  const short = value.length > LONGEST_VALUE ? `${value.slice(0, LONGEST_VALUE)}...` : value;
  return short.replace(/\/\/[^/@\s]*@/g, "//[redacted]@");
}

/** JSON escapes C0 only; C1, line separators and direction marks can still move what a terminal or viewer shows. */
function escapeTerminal(line: string): string {
  return line.replace(/[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

function writeToStderr(line: string): void {
  process.stderr.write(`${line}\n`);
}
