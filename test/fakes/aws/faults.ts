import { AwsRefusal } from "./refusal.ts";

/** A call before it is let through. */
export interface FaultCall {
  readonly service: "ecr" | "inspector2" | "signer" | "sts" | "oci";
  /** At the OCI endpoint: method and kind, `PUT manifest`. */
  readonly operation: string;
  readonly account: string;
  readonly region: string;
}

/** `lost`: it is done, and nobody hears of it. `deny`: whoever calls may not, at the services of the API. */
export type Fate = "pass" | "throttle" | "fail" | "lost" | "deny";

type Cause = "throttle" | "fail";

/** Each service has its own name and status for the same trouble. */
export function faultOf(service: FaultCall["service"], cause: Cause): AwsRefusal {
  const [throttled, failed] = REFUSALS[service];
  return cause === "throttle" ? throttled() : failed();
}

export function denied({ operation }: FaultCall): AwsRefusal {
  return new AwsRefusal("AccessDeniedException", `User is not authorized to perform: ${operation}`, { status: 403 });
}

const rate = "Rate exceeded";
const broken = "The request could not be completed";

const REFUSALS: Readonly<Record<FaultCall["service"], readonly [throttled: () => AwsRefusal, failed: () => AwsRefusal]>> = {
  ecr: [() => new AwsRefusal("ThrottlingException", rate), () => new AwsRefusal("ServerException", broken, { status: 500 })],
  inspector2: [
    () => new AwsRefusal("ThrottlingException", rate, { status: 429 }),
    () => new AwsRefusal("InternalServerException", broken, { status: 500 }),
  ],
  signer: [
    () => new AwsRefusal("TooManyRequestsException", rate, { status: 429 }),
    () => new AwsRefusal("InternalServiceErrorException", broken, { status: 500 }),
  ],
  sts: [() => new AwsRefusal("Throttling", rate), () => new AwsRefusal("InternalFailure", broken, { status: 500 })],
  oci: [() => new AwsRefusal("TOOMANYREQUESTS", rate, { status: 429 }), () => new AwsRefusal("INTERNAL_ERROR", broken, { status: 500 })],
};

/** Counts what came within the last second; which operation of which registry is the caller's matter. */
export function openRateLimit(now: () => number): (key: string, perSecond: number | undefined) => boolean {
  const came = new Map<string, readonly number[]>();
  return (key, perSecond) => {
    if (perSecond === undefined) return true;
    const lately = (came.get(key) ?? []).filter((at) => now() - at < 1000);
    const isWithin = lately.length < perSecond;
    came.set(key, isWithin ? [...lately, now()] : lately);
    return isWithin;
  };
}
