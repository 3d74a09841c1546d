import { usageError } from "./fault.ts";

/** What was written on the command line, by long name in camel case. Commander has checked that every name exists. */
export interface Flags {
  on(name: string): boolean;
  text(name: string): string | undefined;
  list(name: string): readonly string[];
  /** @throws CliError (usage) where it is no whole number of the range. */
  number(name: string, least: number, most: number): number | undefined;
}

export function readFlags(values: Readonly<Record<string, unknown>>): Flags {
  const text = (name: string): string | undefined => {
    const value = values[name];
    return typeof value === "string" ? value : undefined;
  };
  return {
    text,
    on: (name) => values[name] === true,
    list: (name) => {
      const value = values[name];
      return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
    },
    number: (name, least, most) => {
      const value = text(name);
      return value === undefined ? undefined : wholeNumber(name, value, least, most);
    },
  };
}

function wholeNumber(name: string, text: string, least: number, most: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  throw usageError(
    "Could not read the command line",
    `${flag} ${JSON.stringify(text)} is no number from ${least} to ${most}`,
    `give ${flag} a whole number from ${least} to ${most}`,
  );
}
