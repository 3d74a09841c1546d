const MAX_NAMES = 64;
const MAX_LENGTH = 1024;

/** Names and values that were signed along: those that are texts, within what anybody would compare. Absent where there are none. */
export function signedTexts(...along: readonly (Readonly<Record<string, unknown>> | null | undefined)[]): {
  readonly annotations?: Readonly<Record<string, string>>;
} {
  const texts = along
    .flatMap((values) => Object.entries(values ?? {}))
    .flatMap(([name, value]) =>
      typeof value === "string" && name.length <= MAX_LENGTH && value.length <= MAX_LENGTH ? [[name, value] as const] : [],
    )
    .slice(0, MAX_NAMES);
  return texts.length === 0 ? {} : { annotations: Object.fromEntries(texts) };
}
