import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Deployment } from "./cost-basis.ts";

/** What the price of a deployment hangs on, read from its files. @throws where it is not written as it was when this was. */
export function readDeployment(root: string): Deployment {
  const read = (path: string): string => readFileSync(join(root, path), "utf8");
  const resources = (name: string): string => read(`infra/aws/resources/${name}.yml`);
  const functions = read("serverless.yml");
  const memoryOf = (name: string): number =>
    Number(need(functions, new RegExp(`^  ${name}:\\n(?:    .*\\n)*?    memorySize: (\\d+)$`, "m")));
  const schedules = [
    ...resources("schedules").matchAll(/^ +ScheduleExpression: rate\((?:\$\{param:sweepEvery, ')?(\d+) (minute|hour)s?/gm),
  ];
  const perHour = (amount: string | undefined, unit: string | undefined): number => (unit === "hour" ? 1 : 60) / Number(amount);
  const rates = schedules.map(([, amount, unit]) => perHour(amount, unit));
  const sweeps = need(resources("schedules"), /param:sweepEvery, '(\d+ \w+)'/).split(" ");
  const perHourSwept = perHour(sweeps[0], sweeps[1]?.replace(/s$/, ""));
  const all = rates.reduce((total, each) => total + each, 0);
  return {
    memoryMiB: {
      "on-registry-event": memoryOf("on-registry-event"),
      "on-schedule": memoryOf("on-schedule"),
      "forward-audit": memoryOf("forward-audit"),
      canary: memoryOf("canary"),
    },
    sweepsPerMonth: Math.round(perHourSwept * 24 * 30),
    // All but the sweep and the canary, six an hour.
    tasksPerHour: Math.round(all - perHourSwept - 6),
    // One that adds up several metrics is paid for as one for each.
    alarms: count(resources("alarms"), /\bMetricName:/g),
    keys: count(resources("keys"), /AWS::KMS::Key$/gm),
    interfaceEndpoints: count(resources("vpc"), /VpcEndpointType: Interface/g),
  };
}

function need(text: string, pattern: RegExp): string {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) throw new Error(`nothing is like ${pattern.source}`);
  return found;
}

function count(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].length;
}
