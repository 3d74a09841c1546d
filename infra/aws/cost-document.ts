import {
  findingLines,
  type Line,
  movedLines,
  naiveLines,
  networkLine,
  pushLines,
  rescanLines,
  standingLines,
  sum,
  sweepLines,
} from "./cost.ts";
import { ASSUMED, type Counted, type Counts, type Deployment, PRICES } from "./cost-basis.ts";

/** `cost.md`, whole. */
export function costDocument(counts: Counts, deployment: Deployment): string {
  const { pushes, images, days } = ASSUMED;
  const push = pushLines(counts, deployment, false);
  const trail = sum(pushLines(counts, deployment, true)) - sum(push);
  const [moved, finding, rescan, sweep, standing, naive] = [
    movedLines(counts, deployment),
    findingLines(counts, deployment),
    rescanLines(counts, deployment),
    sweepLines(counts, deployment),
    standingLines(counts, deployment),
    naiveLines(),
  ];
  return `# What the gate costs on AWS

A simulated month: ${number(pushes)} pushes with a scan each, ${number(images)} images that are scanned again every day for ${days} days, all of it told to a SIEM.
Units of the table and calls are counted (below) where the functions run against the vendor's DynamoDB Local and a stand-in for ECR; prices are list prices of us-east-1, without free tiers.
This page is computed: \`node infra/aws/write-cost.ts\` writes it, and a test fails where it says something else.

| | $ a month |
|---|---|
| ${number(pushes)} pushes, judged, enforced and told | **${usd(sum(push))}** |
| the same, built the naive way | ${usd(sum(naive))} |
| with \`latest\` moved to each, and who lost it judged again | + ${usd(sum(moved))} |
| with CloudTrail's events, that name who pushed | + ${usd(trail)} |
| ${number(images * days)} scans of known images | ${usd(sum(rescan))} |
| ${deployment.sweepsPerMonth} sweeps over ${number(images)} images | ${usd(sum(sweep))} |
| what stands while nothing is pushed | ${usd(sum(standing))} |
| **the whole month** | **${usd(sum(push) + sum(moved) + trail + sum(rescan) + sum(sweep) + sum(standing))}** |
| with enhanced scanning, whose findings come one by one | + ${usd(sum(finding))} |
| in a network of your own | + ${usd(networkLine(deployment).usd)} |

## ${number(pushes)} pushes

${table([...push, { what: "**together**", usd: sum(push) }])}

${besides(moved, finding)}

## The naive way

Of the same work: each message a transaction with the whole event for the SIEM in the table, and a message to the forwarder for each.

${table([...naive, { what: "**together**", usd: sum(naive) }])}

## Scans of known images, and sweeps

${table([...rescan, ...sweep])}

## What stands

${table([...standing, networkLine(deployment)])}

The network is there only where you give one, and its endpoints only with \`endpointsCidr\`; a hub has seven metrics more ($0.70). Events of AWS on the default bus and reads of the stream by Lambda cost nothing. Not in here: storage of the table ($0.25 a GB), its backups, traffic to the SIEM,
and what ECR, Inspector and CloudTrail cost without the gate. Events of other accounts cost $1 a million where they are sent.

${basis(counts)}`;
}

/** What comes to the pushes where it is so. */
function besides(moved: readonly Line[], finding: readonly Line[]): string {
  const { findings } = ASSUMED;
  return `## A moved tag

In a repository of a thousand images.

${table([...moved, { what: "**together**", usd: sum(moved) }])}

## Findings of enhanced scanning

Basic scanning tells of none by itself. ${findings} for each push, of the severities in \`findingSeverities\`; Inspector tells of each change of one, too, and where fifty a push are taken it is five times as much.

${table([...finding, { what: "**together**", usd: sum(finding) }])}`;
}

/** What the figures stand on. */
function basis(counts: Counts): string {
  return `## Counted

For each image, or each hour of idle tasks; calls of ECR cost nothing but the time that they take.

| | write units | read units | calls of the table | calls of ECR |
|---|---|---|---|---|
${Object.entries(counts)
  .map(
    ([what, each]: [string, Counted]) =>
      `| ${what} | ${each.writeUnits} | ${each.readUnits} | ${each.tableCalls} | ${each.registryCalls} |`,
  )
  .join("\n")}

## Assumed

A batch of on-registry-event has ${ASSUMED.batch} messages, one of forward-audit ${ASSUMED.told} records. A call of DynamoDB takes ${ASSUMED.tableMs} ms, one of ECR ${ASSUMED.registryMs} ms, the work on a message ${ASSUMED.workMs} ms of a processor and on a record ${ASSUMED.toldMs}, of which a function has its memory's part of ${ASSUMED.processorMiB} MiB; calls of ECR for one message go ${ASSUMED.registryAtOnce} at a time,
messages of one batch side by side. Findings come in batches of ${ASSUMED.findingBatch}, about ${ASSUMED.findingImages} images each: those of one image are one look at it. A push and its scan are numbered together. Lambda logs ${ASSUMED.logBytes} bytes of each call. Cold starts are left out: one call in a hundred with half a second more is $0.02 a million.

## Prices

| | $ | |
|---|---|---|
${Object.entries(PRICES)
  .map(([what, { usd: price, page }]) => `| ${what} | ${price.toFixed(10).replace(/0+$/, "").replace(/\.$/, "")} | ${page} |`)
  .join("\n")}
`;
}

function table(lines: readonly Line[]): string {
  return ["| | $ |", "|---|---|", ...lines.map(({ what, usd: each }) => `| ${what} | ${usd(each)} |`)].join("\n");
}

function usd(amount: number): string {
  return amount.toFixed(2);
}

function number(amount: number): string {
  return amount.toLocaleString("en-US");
}
