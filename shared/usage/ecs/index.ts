import * as z from "zod";
import type { SeenWorkload, UsageReader } from "../../ports/usage-reader.ts";
import { isObject, many, word } from "../../runtime/lenient.ts";
import { malformed, OWNER_TAG, readAll, workload } from "../answer.ts";
import { joinNames } from "../image-name.ts";

const COMMAND = "aws ecs describe-tasks --include TAGS";

// Amazon ECS API: Task, Container, Failure, TaskDefinition.
const CONTAINER = z.object({ image: word, imageDigest: word });
const TASK = z.object({
  taskArn: word,
  clusterArn: word,
  group: word,
  lastStatus: word,
  containers: z.array(CONTAINER),
  tags: many(z.object({ key: word, value: word })),
});
const FAILURE = z.object({ arn: word, reason: word });
const TASKS = z.object({ tasks: z.array(TASK), failures: z.array(FAILURE).nullish() });
const DEFINITION = z.object({
  taskDefinition: z.object({ family: word, containerDefinitions: z.array(z.object({ image: word })) }),
  tags: many(z.object({ key: word, value: word })),
});
type Task = z.output<typeof TASK>;
type Definition = z.output<typeof DEFINITION>;

/** Tasks that run, with the digest that ECS resolved; and task definitions that name their images by digest. */
export const ecs: UsageReader = {
  id: "ecs",
  command: COMMAND,
  keeps: [
    "tasks",
    "failures",
    "arn",
    "reason",
    "taskArn",
    "clusterArn",
    "group",
    "lastStatus",
    "containers",
    "image",
    "imageDigest",
    "tags",
    "key",
    "value",
    "taskDefinition",
    "family",
    "containerDefinitions",
  ],
  recognises: (document) => isObject(document) && (Array.isArray(document["tasks"]) || isObject(document["taskDefinition"])),
  read: (documents) =>
    readAll(z.union([DEFINITION, TASKS]), documents, "an answer of Amazon ECS", COMMAND, (answers) => {
      if (!answers.some((answer) => "tasks" in answer)) return malformed("no tasks are listed, so it does not say what runs", COMMAND);
      const seen = answers.flatMap((answer) =>
        "tasks" in answer ? [...answer.tasks.flatMap(readTask), ...(answer.failures ?? []).flatMap(readFailure)] : readDefinition(answer),
      );
      return { kind: "read", seen, notes: [] };
    }),
};

function readTask({ taskArn, clusterArn, group, lastStatus, containers, tags }: Task): readonly SeenWorkload[] {
  if (lastStatus === "STOPPED") return [];
  const [kind = "", name = ""] = group.split(":");
  const cluster = clusterArn.slice(clusterArn.lastIndexOf("/") + 1);
  const place = kind === "service" ? `Service/${name}` : `Task/${name || taskArn.slice(taskArn.lastIndexOf("/") + 1)}`;
  const owner = tags.find(({ key }) => key === OWNER_TAG)?.value;
  return containers.map(({ image, imageDigest }) => ({
    workload: workload(`${cluster}/${place}`, owner),
    ...joinNames([image, `@${imageDigest}`]),
  }));
}

/** `MISSING`: the task is gone. A task that ECS did not describe for another reason may run anything. */
function readFailure({ arn, reason }: z.output<typeof FAILURE>): readonly SeenWorkload[] {
  return reason === "MISSING" ? [] : [{ workload: workload(`Task/${arn.slice(arn.lastIndexOf("/") + 1)}`, undefined), digests: [] }];
}

function readDefinition({ taskDefinition, tags }: Definition): readonly SeenWorkload[] {
  const owner = tags.find(({ key }) => key === OWNER_TAG)?.value;
  return taskDefinition.containerDefinitions
    .map(({ image }) => ({ workload: workload(`TaskDefinition/${taskDefinition.family}`, owner), ...joinNames([image]) }))
    .filter(({ digests }) => digests.length > 0);
}
