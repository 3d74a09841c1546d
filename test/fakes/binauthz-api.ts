import { AdapterError } from "../../shared/ports/adapter-error.ts";
import type { OccurrenceSource } from "../../shared/ports/occurrence-source.ts";

/** What the fake of Container Analysis and Binary Authorization knows. */
export interface BinauthzState {
  readonly occurrences: readonly Readonly<Record<string, unknown>>[];
  readonly attestors: readonly Readonly<Record<string, unknown>>[];
  /** Answered in place of everything else. */
  readonly status?: number;
}

interface Answer {
  readonly status: number;
  readonly body: object;
}

const PAGE = 2;

/**
 * `GET v1/projects/P/notes/N/occurrences?filter=resourceUrl="..."` of Container Analysis and `GET v1/projects/P/attestors/A` of Binary
 * Authorization, as their discovery documents describe them. Small pages, so that nobody forgets the next one.
 */
export function binauthzApi(state: () => BinauthzState): (url: string) => Answer {
  return (url) => {
    const { pathname, searchParams } = new URL(url);
    const { occurrences, attestors, status } = state();
    if (status !== undefined) return errorOf(status);
    const note = /^\/v1\/(projects\/[^/]+\/notes\/[^/]+)\/occurrences$/.exec(pathname)?.[1];
    if (note !== undefined)
      return page(
        occurrences.filter((each) => each["noteName"] === note && matches(each, searchParams)),
        searchParams,
      );
    const attestor = attestors.find(({ name }) => pathname === `/v1/${String(name)}`);
    return attestor === undefined ? errorOf(404) : { status: 200, body: attestor };
  };
}

// Filters say `resourceUrl` where documents say `resourceUri`.
function matches(occurrence: Readonly<Record<string, unknown>>, parameters: URLSearchParams): boolean {
  return parameters.get("filter") === `resourceUrl="${String(occurrence["resourceUri"])}"`;
}

function page(found: readonly unknown[], parameters: URLSearchParams): Answer {
  const start = Number(parameters.get("pageToken") ?? 0);
  const next = start + PAGE;
  // An empty list is left out of an answer.
  if (found.length === 0) return { status: 200, body: {} };
  return { status: 200, body: { occurrences: found.slice(start, next), ...(next < found.length ? { nextPageToken: `${next}` } : {}) } };
}

function errorOf(status: number): Answer {
  return { status, body: { error: { code: status, message: "no", status: "UNKNOWN" } } };
}

/** The port, by plain requests: a client that knows nothing but the published paths. */
export function askingApi(origin: string): OccurrenceSource {
  const get = async (path: string): Promise<Readonly<Record<string, unknown>>> => {
    const response = await fetch(`${origin}/v1/${path}`);
    if (!response.ok) throw new AdapterError(response.status === 404 ? "not-found" : "unreachable", `answered ${response.status}`);
    return (await response.json()) as Readonly<Record<string, unknown>>;
  };
  return {
    attestor: get,
    async attestations(note, resourceUri) {
      const all: unknown[] = [];
      for (let token: unknown = ""; typeof token === "string"; ) {
        const query = new URLSearchParams({
          filter: `resourceUrl="${resourceUri}"`,
          pageSize: "1000",
          ...(token === "" ? {} : { pageToken: token }),
        });
        const { occurrences = [], nextPageToken } = await get(`${note}/occurrences?${query.toString()}`);
        if (Array.isArray(occurrences)) all.push(...occurrences);
        token = nextPageToken;
      }
      return all;
    },
  };
}
