// The colours that we write ourselves; nothing that hides text or moves the cursor is among them.
const OUR_COLOURS = "\\u001b\\[(?:0|1|2|31|32|33)m";
// Control characters but tab and newline, and characters that turn the reading direction.
const UNSAFE = "[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]";
const TOKENS = new RegExp(`${OUR_COLOURS}|${UNSAFE}`, "g");

/**
 * Makes foreign text (a package's name, a scanner's title) harmless on a terminal: a control character is shown as its code point, so it can
 * neither move the cursor nor forge a line.
 */
export function printable(text: string): string {
  return text.replace(TOKENS, (token) => (token.length > 1 ? token : `\\u${token.charCodeAt(0).toString(16).padStart(4, "0")}`));
}
