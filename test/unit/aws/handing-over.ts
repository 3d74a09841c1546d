import { at, listOf, ofType, type Resource, type Template, target } from "./template.ts";

/** What lies between who sends and who works: senders may write to their queues, are watched and shown where they cannot, and no call is worked off hours late. */
export function handingOverFaults(template: Template): readonly string[] {
  return [...senderFaults(template), ...lostFaults(template), ...shownFaults(template), ...staleFaults(template)];
}

type Named = readonly [name: string, resource: Resource];

/** Name of a rule's bus; undefined for the account's own. */
function busOf({ Resources }: Template, [, { Properties }]: Named): string | undefined {
  const bus = target(Properties["EventBusName"]);
  return bus === undefined ? undefined : String(Resources[bus]?.Properties["Name"]);
}

/** Amazon EventBridge user guide, "Using dead-letter queues": a queue's policy names the rule that sends, or the bus. */
function senderFaults(template: Template): readonly string[] {
  const rules = ofType(template, "AWS::Events::Rule").flatMap((rule) => {
    const path = [busOf(template, rule), String(rule[1].Properties["Name"])].filter((part) => part !== undefined);
    const queues = listOf(rule[1].Properties["Targets"]).flatMap((each) => [at(each, "Arn"), at(each, "DeadLetterConfig", "Arn")]);
    return queues.map((queue) => [rule[0], `rule/${path.join("/")}`, target(queue)] as const);
  });
  const buses = ofType(template, "AWS::Events::EventBus").map(
    ([name, { Properties }]) =>
      [name, `event-bus/${String(Properties["Name"])}`, target(at(Properties, "DeadLetterConfig", "Arn"))] as const,
  );
  return [...rules, ...buses].flatMap(([name, sender, queue]) =>
    sendersTo(template, queue).some((pattern) => pattern.test(sender)) ? [] : [`${name}: may not send to ${queue}`],
  );
}

/** What of EventBridge may send to a queue, each as the end of an ARN. */
function sendersTo(template: Template, queue: string | undefined): readonly RegExp[] {
  const statements = ofType(template, "AWS::SQS::QueuePolicy").flatMap(([, { Properties }]) =>
    listOf(at(Properties, "PolicyDocument", "Statement")),
  );
  const allowing = statements.filter(
    (each) =>
      at(each, "Effect") === "Allow" &&
      at(each, "Principal", "Service") === "events.amazonaws.com" &&
      listOf(at(each, "Resource")).some((resource) => target(resource) === queue),
  );
  return allowing
    .flatMap((each) => listOf(at(each, "Condition", "ArnLike", "aws:SourceArn")))
    .map((arn) => String(at(arn, "Fn::Sub")).split("${AWS::AccountId}:").at(-1) ?? "")
    .map((pattern) => new RegExp(`^${pattern.replaceAll("*", "[^:]*")}$`));
}

/** Amazon EventBridge user guide, "Monitoring": metrics of a rule on the account's own bus have its name alone, others that of the bus besides. */
function lostFaults(template: Template): readonly string[] {
  const watched = ofType(template, "AWS::CloudWatch::Alarm").flatMap(([, { Properties, Condition }]) => {
    const queries = listOf(Properties["Metrics"]);
    const sum = queries.map((each) => String(at(each, "Expression"))).join();
    return queries
      .filter((each) => at(each, "MetricStat", "Metric", "MetricName") === "InvocationsFailedToBeSentToDlq")
      .filter((each) => new RegExp(`\\b${String(at(each, "Id"))}\\b`).test(sum))
      .map((each) => JSON.stringify([Condition, at(each, "MetricStat", "Metric", "Dimensions")]));
  });
  return ofType(template, "AWS::Events::Rule").flatMap(([name, { Properties, Condition }]) => {
    const bus = Properties["EventBusName"];
    const own = [{ Name: "RuleName", Value: { Ref: name } }];
    const others = [
      { Name: "EventBusName", Value: bus },
      { Name: "RuleName", Value: Properties["Name"] },
    ];
    const needed = JSON.stringify([Condition, bus === undefined ? own : others]);
    return watched.includes(needed) ? [] : [`${name}: nobody hears of events that it loses`];
  });
}

function shownFaults(template: Template): readonly string[] {
  const bodies = ofType(template, "AWS::CloudWatch::Dashboard").map(([, { Properties }]) => at(Properties, "DashboardBody", "Fn::Sub"));
  const widgets = bodies.flatMap((body) => listOf(at(JSON.parse(String(body)), "widgets")));
  const metrics = widgets.flatMap((each) => listOf(at(each, "properties", "metrics"))).map((each) => JSON.stringify(each));
  return ofType(template, "AWS::Events::Rule").flatMap((rule) => {
    const bus = busOf(template, rule);
    const dimensions = [...(bus === undefined ? [] : ["EventBusName", bus]), "RuleName", rule[1].Properties["Name"]];
    const needed = JSON.stringify(["AWS/Events", "Invocations", ...dimensions]);
    return metrics.includes(needed) ? [] : [`${rule[0]}: is not on the dashboard`];
  });
}

/** The longest that a scheduled call may wait before it is let go, in seconds. */
const LATEST = 600;

/** AWS Lambda developer guide, "How Lambda handles errors and retries with asynchronous invocation": six hours where nothing is said. */
function staleFaults(template: Template): readonly string[] {
  const configs = ofType(template, "AWS::Lambda::EventInvokeConfig").map(([, { Properties }]) => Properties);
  const called = new Set(ofType(template, "AWS::Scheduler::Schedule").map(([, { Properties }]) => target(at(Properties, "Target", "Arn"))));
  return [...called]
    .filter((name) => {
      const config = configs.find(({ FunctionName }) => target(FunctionName) === name);
      return !(Number(config?.["MaximumEventAgeInSeconds"]) <= LATEST);
    })
    .map((name) => `${name}: what waited for hours would be done all at once`);
}
