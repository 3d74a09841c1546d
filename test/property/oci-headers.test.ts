import fc from "fast-check";
import { expect, test } from "vitest";
import { parseChallenges } from "../../shared/oci/challenge.ts";
import { parseNextLink, resolveOnOrigin } from "../../shared/oci/link.ts";
import { AdapterError } from "../../shared/ports/adapter-error.ts";

const word = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,12}$/);
const parameters = fc.uniqueArray(fc.tuple(word, fc.string({ unit: "binary-ascii" })), {
  minLength: 1,
  maxLength: 5,
  selector: ([name]) => name.toLowerCase(),
});
const quoted = (text: string): string => `"${text.replace(/["\\]/g, "\\$&")}"`;

test("challenges that were written are read back, whatever their values hold", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(word, parameters), { maxLength: 5 }), (challenges) => {
      const header = challenges
        .map(([scheme, pairs]) => `${scheme} ${pairs.map(([name, value]) => `${name}=${quoted(value)}`).join(", ")}`)
        .join(",");
      const read = parseChallenges(header).map(({ scheme, parameters: found }) => [scheme, [...found]]);
      expect(read).toEqual(
        challenges.map(([scheme, pairs]) => [scheme.toLowerCase(), pairs.map(([name, value]) => [name.toLowerCase(), value])]),
      );
    }),
  );
});

const noisy = fc.string({ unit: fc.constantFrom(...'ab=,<>;:/?*\n\t "\\'.split(""), "Bearer ", "Basic ", "realm=", 'rel="next"', "é") });

test("no header makes a parser throw, or gives more than a few challenges", () => {
  fc.assert(
    fc.property(noisy, (header) => {
      expect(parseChallenges(header).length).toBeLessThanOrEqual(16);
      parseNextLink(header);
    }),
    { numRuns: 2_000 },
  );
});

// Read with a quadratic pattern, headers of this length outlast the time that a test has.
test("no header keeps a parser busy", () => {
  for (const part of ['"', "a", "a=", '"\\', "a,", "<", "<a>;", ';rel="', "\\", " ", "a ", '<>"']) {
    const header = part.repeat(500_000);
    expect(parseChallenges(header).length).toBeLessThanOrEqual(16);
    expect(parseChallenges(`Bearer a=${header}`).length).toBeLessThanOrEqual(16);
    expect(parseNextLink(header)).toBeUndefined();
  }
});

test("wherever a registry sends us, we stay on its origin or are told why not", () => {
  const from = new URL("https://r.example:5000/v2/a/tags/list");
  fc.assert(
    fc.property(fc.oneof(fc.webUrl({ withQueryParameters: true }), noisy, fc.webPath(), fc.string()), (target) => {
      expect([from.origin, "refused", "malformed"]).toContain(whereTo(target, from));
    }),
    { numRuns: 1_000 },
  );
});

function whereTo(target: string, from: URL): string {
  try {
    return resolveOnOrigin(target, from).origin;
  } catch (error) {
    if (error instanceof AdapterError) return error.code;
    throw error;
  }
}
