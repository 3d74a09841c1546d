const CODES = { red: "31", green: "32", yellow: "33", faint: "2" } as const;
export type Colour = keyof typeof CODES;

/** Colour is the third sign: the text says the same without it. */
export function paint(text: string, colour: Colour, isColoured: boolean): string {
  return isColoured ? `\u001b[${CODES[colour]}m${text}\u001b[0m` : text;
}
