import { statementsOf } from "./policies.ts";
import { isObject, type Template } from "./template.ts";

/** What each grant is for. A statement without a reason, or a reason without a statement, is a fault. */
const REASONS: Readonly<Record<string, string>> = {
  TakeEvents:
    "Lambda takes messages from the queue of events and deletes what was done; the function has what is to be tried again come back when it is due",
  TakeEventsKey: "the queue's messages are under the key for messages",
  PutEvents: "the canary's own message",
  PutMessagesKey: "what is put into a queue is written under the key for messages",
  UseTable: "all that the gate keeps: images, evidence, the journal, what waits",
  RememberCanaries:
    "whether the message of a canary was remembered as taken, and how far sweeps came; its code could do more, and never does",
  ReadTable: "a review reads images. Its code could write, but nothing that anybody may call should",
  UseTableKey: "DynamoDB opens the table with the key for data, in the name of whoever asks; through DynamoDB alone",
  ReadSecrets: "the secret of this stage: the journal's key, tokens of people, secrets of sinks",
  ReadSecretsKey: "the secret is under the key for data; through Secrets Manager alone",
  ReadStream: "Lambda reads the table's stream",
  GiveUpRecords: "records that could not be told go to the undelivered",
  LogIn: "a token for the registry's OCI endpoint",
  AskRegistry: "replicas, pull-through caches and how images are scanned: a hold has to reach the first, and knows what comes back",
  LeaveOutOwnPulls:
    "only where ExcludePulls is true, for `aws.principal`: the gate's reading does not count as a pull, so that the time of the last pull says what is in use",
  ReadImages: "manifests, layers of signatures and reports, tags, what was found and what was signed, in every repository of this account",
  AskInspector: "findings, what is covered, and what runs an image",
  AskSigner: "whether a signature by AWS Signer was taken back; profiles of other accounts too",
  ChangeImages:
    "hold and release (archive, tags, or move to the quarantine and back), delete by policy, publish verdicts; only in repositories of RepositoryPattern and in the quarantine",
  MakeQuarantine: "the first thing that is put aside finds no repository for it",
  EncryptQuarantine:
    "only where QuarantineKeyArns names keys: that repository is under the key of the one whose images it gets, and ECR asks for it in the gate's name; through ECR alone",
  WorkInOtherAccounts: "the role that infra/aws/organisation.yml makes in other accounts, whose trust asks for the external id",
  ReadEnvironment: "the function's environment is under the key for data; that of this function alone",
  WriteLog: "the function's own log",
  WakeFunctions: "the schedules",
  ReadSetup:
    "signing, creation templates, the registry's policy, whose pulls do not count: what is new about them is told every day; people who run `moorgate doctor` need the same, in a policy that is attached to nobody",
  ReadSetupOfRepositories: "lifecycle, policy and scanning of each repository, for the same",
  ReadReplication: "where images are copied to, for people who run `moorgate doctor`",
  ListRepositories: "which repositories there are, for the same",
  AttachToNetwork: "where VpcId is given: Lambda attaches the function to the network, as its role",
  NotByCodeOfTheFunction: "and code that runs in a function may not do so",
};

/** The page that explains every grant, computed from the template. @throws where something has no reason */
export function permissionsPage(template: Template): string {
  const statements = statementsOf(template).filter(({ of, principal }) => isOfIdentity(template, of) && principal === undefined);
  const unexplained = statements.filter(({ sid }) => !(sid in REASONS)).map(({ of, sid }) => `${of} ${sid}`);
  const idle = Object.keys(REASONS).filter((sid) => !statements.some((one) => one.sid === sid));
  if (unexplained.length + idle.length > 0) throw new Error(`no reason for ${unexplained.join(", ")}; nothing for ${idle.join(", ")}`);
  const roles = [...new Set(statements.map(({ of }) => of))];
  const sections = roles.map((role) => {
    const rows = statements
      .filter(({ of }) => of === role)
      .map(({ sid, effect, actions, resources, condition }) => {
        const where = resources.map(printed).join("<br>") + (condition === undefined ? "" : `<br>if ${conditionText(condition)}`);
        return `| ${effect === "Deny" ? "**not** " : ""}${sid} | ${actions.map((action) => `\`${action}\``).join("<br>")} | ${where} | ${REASONS[sid]} |`;
      });
    return `## ${role}\n\n| | may | on | what for |\n|---|---|---|---|\n${rows.join("\n")}`;
  });
  return `# What each function on AWS may do, and why

Computed from the template, for the stage \`try\`: a test fails where this page says something else. Another test reads the code of each function and fails where its role grants a call that the code does not make, or withholds one that it does.

${sections.join("\n\n")}
`;
}

function isOfIdentity({ Resources }: Template, name: string): boolean {
  return Resources[name]?.Type.startsWith("AWS::IAM::") === true;
}

function printed(value: unknown): string {
  if (!isObject(value)) return `\`${String(value)}\``;
  const { Ref, "Fn::GetAtt": attribute, "Fn::Sub": text } = value;
  return `\`${typeof text === "string" ? text : typeof Ref === "string" ? Ref : Array.isArray(attribute) ? attribute.join(".") : ""}\``;
}

function conditionText(condition: unknown): string {
  const tests = isObject(condition) ? Object.values(condition).filter(isObject) : [];
  return tests.flatMap((one) => Object.entries(one).map(([key, value]) => `\`${key}\` is ${printed(value)}`)).join(" and ");
}
