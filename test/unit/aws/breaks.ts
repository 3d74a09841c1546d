import { type Draft, grant, set, setAll } from "./draft.ts";
import { at, isObject, target, within } from "./template.ts";

/** What somebody could break, and a word of the fault that has to be found. */
export const BREAKS: readonly (readonly [what: string, fault: string, (template: Draft) => void])[] = [
  ["a property that does not exist", "has no Visibility", (draft) => set(draft, "Events", ["Visibility"], 1)],
  ["a property that is left out", "needs Code", (draft) => set(draft, "OnDashscheduleLambdaFunction", ["Code"], undefined)],
  ["a name of nothing", "no Evnts", (draft) => set(draft, "EventsPolicy", ["Queues"], [{ Ref: "Evnts" }])],
  [
    "an attribute that does not exist",
    "no Events.Name",
    (draft) => set(draft, "EventsAgeAlarm", ["Dimensions"], [{ Value: { "Fn::GetAtt": ["Events", "Name"] } }]),
  ],
  ["a name in a text", "no Tabel.Arn", (draft) => set(draft, "Table", ["TableName"], { "Fn::Sub": "${Tabel.Arn}/index" })],
  ["what is there only in a network", "only where InVpc", (draft) => set(draft, "Table", ["TableName"], { Ref: "FunctionsGroup" })],
  [
    "waiting for what may not be there",
    "HubBus is there only",
    (draft) => Object.assign(draft.Resources["Events"] ?? {}, { DependsOn: ["HubBus"] }),
  ],
  ["a star among actions", "grants sqs:*", (draft) => grant(draft, "OnWebhookRole", "sqs:*", { Ref: "Events" })],
  ["a star among resources", "sqs:SendMessage for any resource", (draft) => grant(draft, "OnWebhookRole", "sqs:SendMessage", "*")],
  [
    "a whole service",
    "is a whole service",
    (draft) => grant(draft, "OnWebhookRole", "sqs:SendMessage", { "Fn::Sub": "arn:aws:sqs:r:a:*" }),
  ],
  ["a resource where none is taken", "grants nothing", (draft) => grant(draft, "AdmitRole", "ecr:DescribeRegistry", { Ref: "Table" })],
  [
    "a queue that anybody writes to",
    "anybody may",
    (draft) =>
      set(draft, "EventsPolicy", ["PolicyDocument"], {
        Statement: [{ Effect: "Allow", Principal: "*", Action: "sqs:SendMessage", Resource: { Ref: "Events" } }],
      }),
  ],
  ["a queue in the clear", "Events: under no key", (draft) => set(draft, "Events", ["KmsMasterKeyId"], undefined)],
  ["a table under the vendor's key", "Table: under no key", (draft) => set(draft, "Table", ["SSESpecification"], { SSEEnabled: true })],
  ["logs in the clear", "AdmitLogGroup: under no key", (draft) => set(draft, "AdmitLogGroup", ["KmsKeyId"], undefined)],
  ["logs for ever", "its log is kept for ever", (draft) => set(draft, "AdmitLogGroup", ["RetentionInDays"], undefined)],
  ["a queue without dead letters", "Events: what is tried in vain", (draft) => set(draft, "Events", ["RedrivePolicy"], undefined)],
  ["a message given up early", "given up after 2", (draft) => set(draft, "Events", ["RedrivePolicy", "maxReceiveCount"], 2)],
  [
    "a rule without dead letters",
    "ScanRule: what cannot be handed over",
    (draft) => set(draft, "ScanRule", ["Targets"], [{ RetryPolicy: { MaximumRetryAttempts: 1 } }]),
  ],
  [
    "a rule that does not try again",
    "does not say how often",
    (draft) => set(draft, "SweepSchedule", ["Target", "RetryPolicy"], undefined),
  ],
  [
    "a batch that fails as a whole",
    "one bad record would fail",
    (draft) => setAll(draft, "AWS::Lambda::EventSourceMapping", "FunctionResponseTypes", undefined),
  ],
  [
    "a record that stops the stream",
    "would stop the stream",
    (draft) => setAll(draft, "AWS::Lambda::EventSourceMapping", "MaximumRetryAttempts", -1),
  ],
  ["too little time for a batch", "comes again before", (draft) => set(draft, "Events", ["VisibilityTimeout"], 120)],
  ["a table that goes with the stack", "Table: goes with the stack", (draft) => delete draft.Resources["Table"]?.DeletionPolicy],
  [
    "a secret that a failed deployment leaves",
    "Secrets: its name stays taken",
    (draft) => Object.assign(draft.Resources["Secrets"] ?? {}, { DeletionPolicy: "Retain" }),
  ],
  [
    "a protected table whose key is let go",
    "Table: its key may go",
    (draft) => Object.assign(draft.Resources["DataKey"] ?? {}, { DeletionPolicy: "RetainExceptOnCreate" }),
  ],
  ["a table that one call deletes", "by one call", (draft) => set(draft, "Table", ["DeletionProtectionEnabled"], false)],
  ["a role for two", "shares its role", (draft) => set(draft, "AdmitLambdaFunction", ["Role"], { "Fn::GetAtt": ["OnWebhookRole", "Arn"] })],
  [
    "a role for nobody",
    "AdmitRole is used by nothing",
    (draft) => set(draft, "AdmitLambdaFunction", ["Role"], { "Fn::GetAtt": ["OnWebhookRole", "Arn"] }),
  ],
  ["an alarm less", "Undelivered: no alarm", (draft) => delete draft.Resources["UndeliveredAlarm"]],
  [
    "a bus that may not write to its dead letters",
    "HubBus: may not send to Undelivered",
    (draft) => set(draft, "HubBus", ["Name"], "moorgate-other"),
  ],
  ["a rule that may not send", "ScanRule: may not send to Events", (draft) => set(draft, "ScanRule", ["Name"], "scan")],
  ["a rule whose losses nobody hears of", "CallRule: nobody hears", (draft) => setLost(draft, "EventsLostAlarm", "CallRule")],
  [
    "a rule of the hub that is watched under a name alone",
    "HubCallRule: nobody hears",
    (draft) => setLost(draft, "HubEventsLostAlarm", "moorgate-try-call"),
  ],
  ["a rule that nobody sees", "SignerRule: is not on the dashboard", (draft) => set(draft, "SignerRule", ["Name"], "moorgate-try-other")],
  [
    "calls that pile up",
    "OnDashscheduleLambdaFunction: what waited",
    (draft) => setAll(draft, "AWS::Lambda::EventInvokeConfig", "MaximumEventAgeInSeconds", 21_600),
  ],
  ["an alarm for nobody", "nobody hears it", (draft) => set(draft, "CanaryAlarm", ["AlarmActions"], [])],
];

/** The metric of an alarm that names a rule names none any more. */
function setLost(draft: Draft, alarm: string, rule: string): void {
  const metrics = [...within(draft.Resources[alarm]?.Properties["Metrics"])].map(([, value]) => value);
  const named = metrics.find((value) => target(at(value, "Value")) === rule || at(value, "Value") === rule);
  if (!isObject(named)) throw new Error(`${alarm} does not name ${rule}`);
  Object.assign(named, { Value: "another" });
}
