import { AdapterError } from "../../ports/adapter-error.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Basic } from "../../ports/provider.ts";
import type { Ask } from "./access.ts";
import type { RawToken } from "./calls.ts";

/** A token is good for twelve hours; one that is nearly over may end on the way. */
const SPARE_MS = 3_600_000;

/** The way into one registry's distribution endpoint. */
export interface Login {
  /** Calls at the same time share one token. @throws AdapterError */
  credentials(signal?: AbortSignal): Promise<Basic>;
  /** Address of the registry, as the service names it: `https://ACCOUNT.dkr.ecr.REGION.amazonaws.com`. @throws AdapterError */
  address(signal?: AbortSignal): Promise<URL>;
  /** The registry does not take the token any more: the next call gets another. */
  forget(): void;
}

interface Token {
  readonly basic: Basic;
  readonly address: URL;
  readonly usableUntil: number;
}

export function openLogin(ask: Ask, clock: Clock): Login {
  let known: Promise<Token> | undefined;
  async function token(signal: AbortSignal | undefined): Promise<Token> {
    const asked = known;
    const standing = await asked;
    if (standing !== undefined && standing.usableUntil > clock.now()) return standing;
    if (known !== asked) return token(signal);
    const made = ask("the token of the registry", (calls) => calls.token(), signal).then((raw) => readToken(raw, clock.now()));
    known = made;
    made.catch(() => {
      if (known === made) known = undefined;
    });
    return made;
  }
  return {
    credentials: async (signal) => (await token(signal)).basic,
    address: async (signal) => (await token(signal)).address,
    forget() {
      known = undefined;
    },
  };
}

function readToken({ text, endsAt, endpoint }: RawToken, now: number): Token {
  const pair = Buffer.from(text, "base64").toString("utf8");
  const colon = pair.indexOf(":");
  const address = URL.parse(endpoint ?? "");
  if (colon < 1 || address === null) throw new AdapterError("malformed", "the token of the registry: the answer has none");
  const left = Math.max(0, (endsAt?.getTime() ?? now) - now);
  const usableUntil = now + (left > 2 * SPARE_MS ? left - SPARE_MS : left / 2);
  return { basic: { username: pair.slice(0, colon), password: pair.slice(colon + 1), kind: "password" }, address, usableUntil };
}
