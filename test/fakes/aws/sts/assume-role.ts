import type { Identities, Session } from "../identities.ts";
import { AwsRefusal } from "../refusal.ts";

const NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/";

/** The query protocol: a form comes in, XML goes out. @throws AwsRefusal */
export function assumeRole(identities: Identities, form: URLSearchParams): string {
  const [arn, session] = [form.get("RoleArn"), form.get("RoleSessionName")];
  const duration = Number(form.get("DurationSeconds") ?? "3600");
  if (arn === null || session === null) throw new AwsRefusal("ValidationError", "RoleArn and RoleSessionName are needed");
  if (!/^[\w+=,.@-]{2,64}$/.test(session)) throw new AwsRefusal("ValidationError", "RoleSessionName must satisfy the regular expression");
  if (!(duration >= 900 && duration <= 43_200)) throw new AwsRefusal("ValidationError", "DurationSeconds must be between 900 and 43200");
  const externalId = form.get("ExternalId") ?? undefined;
  return sessionXml(identities.assume({ arn, externalId, session, forMs: duration * 1000 }), session);
}

function sessionXml({ credentials, principal, expiresAt }: Session, name: string): string {
  const members = {
    AccessKeyId: credentials.accessKeyId,
    SecretAccessKey: credentials.secretAccessKey,
    SessionToken: credentials.sessionToken,
    Expiration: new Date(expiresAt).toISOString(),
  };
  const inside = Object.entries(members).map(([member, value]) => `<${member}>${value}</${member}>`);
  const user = `<AssumedRoleUser><AssumedRoleId>id:${name}</AssumedRoleId><Arn>${principal.arn}</Arn></AssumedRoleUser>`;
  const result = `<AssumeRoleResult><Credentials>${inside.join("")}</Credentials>${user}</AssumeRoleResult>`;
  return `<AssumeRoleResponse xmlns="${NAMESPACE}">${result}${METADATA}</AssumeRoleResponse>`;
}

const METADATA = "<ResponseMetadata><RequestId>00000000-0000-0000-0000-000000000000</RequestId></ResponseMetadata>";

export function errorXml({ code, message, status }: AwsRefusal): string {
  const type = status < 500 ? "Sender" : "Receiver";
  const text = message.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<ErrorResponse xmlns="${NAMESPACE}"><Error><Type>${type}</Type><Code>${code}</Code><Message>${text}</Message></Error></ErrorResponse>`;
}
