import { add, type Duration, type Instant, parseDuration } from "../../domain/time.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { AwsSignerQuestion, AwsSignerRevocation } from "../../ports/notation-trust.ts";
import type { RegistrySettings } from "../../ports/provider.ts";
import { type Access, accessOf, type Surroundings, USUAL } from "./access.ts";
import { type EcrPlace, isRegion } from "./place.ts";
import { type AskService, openService } from "./services.ts";
import type { SignerCalls } from "./signer-calls.ts";

/** Nobody says how long an answer holds. An image with such a signature is judged again every day. */
const KEPT_FOR: Duration = parseDuration("1h");
const MOST_ANSWERS = 1_000;

interface Kept {
  readonly answer: Promise<readonly string[]>;
  readonly until: Instant;
}

/**
 * Asks AWS Signer in the region of the profile that signed, as whoever the gate is at a registry of the profile's account, or else at the first one.
 * Many that ask the same ask once.
 */
export function openAwsSigner(
  registries: readonly Pick<RegistrySettings, "host" | "aws">[],
  surroundings: Surroundings = USUAL,
): AwsSignerRevocation {
  const accesses = registries.map(({ host, aws }) => accessOf(host, aws));
  const { clock } = surroundings.retry;
  const services = new Map<string, AskService<SignerCalls>>();
  const answers = new Map<string, Kept>();

  function serviceFor(place: EcrPlace): AskService<SignerCalls> {
    const access = accessFor(accesses, place);
    const name = `${access.place.account}/${access.place.region}`;
    const open =
      services.get(name) ?? openService(access, surroundings, async (config) => (await import("./signer-calls.ts")).signerCalls(config));
    services.set(name, open);
    return open;
  }

  function keep(name: string, asked: Kept): void {
    answers.delete(name);
    answers.set(name, asked);
    const [oldest] = answers.keys();
    if (answers.size > MOST_ANSWERS && oldest !== undefined) answers.delete(oldest);
    asked.answer.catch(() => {
      if (answers.get(name) === asked) answers.delete(name);
    });
  }

  return {
    async revoked(question, signal) {
      const name = JSON.stringify(question);
      const now = clock.now();
      const known = answers.get(name);
      if (known !== undefined && now < known.until) return known.answer;
      const ask = serviceFor(placeOfProfile(question));
      const answer = ask("what AWS Signer has revoked", (calls, options) => calls.revoked(question, options), signal);
      keep(name, { answer, until: add(now, KEPT_FOR) });
      return answer;
    },
  };
}

/** @throws AdapterError */
function accessFor(all: readonly Access[], { account, region }: EcrPlace): Access {
  const access = all.find(({ place }) => place.account === account) ?? all[0];
  if (access === undefined) throw new AdapterError("unsupported", "there is no registry of AWS to ask as");
  return { ...access, place: { account: access.place.account, region } };
}

const PROFILE = /^arn:[a-z0-9-]+:signer:([a-z0-9-]+):(\d+):/;

/** @throws AdapterError malformed */
function placeOfProfile({ profileVersionArn }: AwsSignerQuestion): EcrPlace {
  const [, region = "", account = ""] = PROFILE.exec(profileVersionArn) ?? [];
  if (isRegion(region)) return { account, region };
  throw new AdapterError("malformed", "the signing profile names no region");
}
