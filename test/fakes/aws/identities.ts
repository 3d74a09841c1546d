import { randomUUID } from "node:crypto";
import { AwsRefusal } from "./refusal.ts";
import type { Principal } from "./world.ts";

/** As the SDK takes them. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface Role {
  readonly arn: string;
  /** Whoever assumes the role has to know it. */
  readonly externalId?: string;
}

export interface Signed {
  readonly principal: Principal;
  readonly region: string;
  /** Name under which the request was signed. */
  readonly service: string;
}

export interface Session {
  readonly credentials: Credentials & { readonly sessionToken: string };
  readonly principal: Principal;
  readonly expiresAt: number;
}

export interface Identities {
  /** A user of an account, who needs no role. */
  user(account: string): Credentials;
  /** @param status of the refusal, which is not the same in all protocols. @throws AwsRefusal where the keys are not known, or their time is over */
  whoSigned(headers: Headers, status: 400 | 403): Signed;
  /** @throws AwsRefusal AccessDenied */
  assume(role: {
    readonly arn: string;
    readonly externalId?: string | undefined;
    readonly session: string;
    readonly forMs: number;
  }): Session;
}

interface Known {
  readonly principal: Principal;
  readonly sessionToken?: string;
  readonly expiresAt: number;
}

/** Who is who by the access key. Signatures themselves are not computed again: that is the client's own business. */
export function openIdentities(roles: readonly Role[], now: () => number): Identities {
  const keys = new Map<string, Known>();
  return {
    user(account) {
      // Letters and digits, as the vendor's are: DynamoDB Local takes no others.
      const accessKeyId = `AKIA${account}`;
      const principal = { arn: `arn:aws:iam::${account}:user/gate`, account };
      keys.set(accessKeyId, { principal, expiresAt: Number.POSITIVE_INFINITY });
      return { accessKeyId, secretAccessKey: `secret-of-${account}` };
    },
    whoSigned(headers, status) {
      const [, key = "", region = "", service = ""] =
        /^AWS4-HMAC-SHA256 Credential=([^/]+)\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request/.exec(headers.get("authorization") ?? "") ?? [];
      const known = keys.get(key);
      if (known === undefined || (known.sessionToken !== undefined && headers.get("x-amz-security-token") !== known.sessionToken)) {
        throw new AwsRefusal("UnrecognizedClientException", "The security token included in the request is invalid.", { status });
      }
      if (known.expiresAt <= now())
        throw new AwsRefusal("ExpiredTokenException", "The security token included in the request is expired", { status });
      return { principal: known.principal, region, service };
    },
    assume({ arn, externalId, session, forMs }) {
      const role = roles.find((one) => one.arn === arn);
      if (role === undefined || role.externalId !== externalId) {
        throw new AwsRefusal("AccessDenied", `User is not authorized to perform: sts:AssumeRole on resource: ${arn}`, { status: 403 });
      }
      const [, account = "", name = ""] = /^arn:aws:iam::(\d{12}):role\/(?:.+\/)?([^/]+)$/.exec(arn) ?? [];
      const principal = { arn: `arn:aws:sts::${account}:assumed-role/${name}/${session}`, account, roleArn: arn };
      const credentials = { accessKeyId: `session-${randomUUID()}`, secretAccessKey: randomUUID(), sessionToken: randomUUID() };
      const expiresAt = now() + forMs;
      keys.set(credentials.accessKeyId, { principal, sessionToken: credentials.sessionToken, expiresAt });
      return { credentials, principal, expiresAt };
    },
  };
}
