import { DeleteItemCommand, type DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { ReceiveMessageCommand, SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { DynamoDBRecord } from "aws-lambda";
import { type Moto, type Queue, visibleIn } from "./moto.ts";
import { deployedAlarms } from "./template.ts";

/** Messages that no function can do anything with, and items that nobody can read; everything else has to go on around them. */
export interface Poison {
  /** Puts the next one somewhere. */
  put(): Promise<void>;
  /** Takes the items away again, as a person does who finds them. */
  mend(): Promise<void>;
  /** To be told of all records that a function is done with. */
  pass(records: readonly DynamoDBRecord[]): void;
  /** To be given each batch of records that was given up. */
  giveUp(records: readonly DynamoDBRecord[]): Promise<void>;
  /** Messages that were not given up yet. */
  messagesLeft(): Promise<number>;
  /** Whether each was given up, or passed for good. */
  isThrough(): Promise<boolean>;
  findings(): Promise<PoisonFindings>;
}

export interface PoisonFindings {
  readonly messages: number;
  readonly items: number;
  /** Poison that is not where it has to end. */
  readonly missing: readonly string[];
  /** Items that nobody can read, with which a function was done all the same. */
  readonly passed: readonly string[];
  /** What was given up and is no poison. */
  readonly stray: readonly string[];
  /** Queues with what was given up, that no alarm tells of. */
  readonly untold: readonly string[];
}

const TEXTS = ["no event at all", '{"source":"aws.ecr"', "[]", '"a text"'];
const ITEM = "poison";

export function openPoison({ sqs, alone }: Moto, queue: Queue, table: { readonly client: DynamoDBClient; readonly name: string }): Poison {
  const [texts, items]: [string[], string[]] = [[], []];
  const key = (pk: string) => ({ pk: { S: pk }, sk: { S: ITEM } });
  const send = (QueueUrl: string, MessageBody: string) => alone(() => sqs.send(new SendMessageCommand({ QueueUrl, MessageBody })));
  const [given, passed] = [new Set<string>(), new Set<string>()];
  let isMended = false;
  const messagesLeft = async (): Promise<number> => texts.length - (await visibleIn(sqs, queue.givenUp));
  return {
    async put() {
      const number = texts.length + items.length;
      if (number % 3 === 2) {
        const pk = `${ITEM}#${number}`;
        items.push(pk);
        await table.client.send(
          new PutItemCommand({ TableName: table.name, Item: { ...key(pk), o: { N: "1" }, w: { S: "somebody else" } } }),
        );
        return;
      }
      const text = `${TEXTS[number % TEXTS.length] ?? ""} ${" ".repeat(number)}`;
      texts.push(text);
      await send(queue.url, text);
    },
    async mend() {
      isMended = true;
      for (const pk of items) await table.client.send(new DeleteItemCommand({ TableName: table.name, Key: key(pk) }));
    },
    pass(records) {
      for (const name of isMended ? [] : records.map(nameOf)) if (items.includes(name)) passed.add(name);
    },
    async giveUp(records) {
      const names = records.map(nameOf);
      given.add(names[0] ?? "");
      await send(queue.undelivered, JSON.stringify(names));
    },
    messagesLeft,
    isThrough: async () => (await messagesLeft()) <= 0 && items.every((pk) => given.has(pk) || passed.has(pk)),
    async findings() {
      const alarms = deployedAlarms();
      const depths = { EventsGivenUp: await visibleIn(sqs, queue.givenUp), Undelivered: await visibleIn(sqs, queue.undelivered) };
      const untold = Object.entries(depths).filter(
        ([name, depth]) => depth > 0 && !alarms.some((alarm) => alarm.queue === name && depth > alarm.moreThan),
      );
      const [bodies, batches] = [await takeAll(sqs, queue.givenUp), await takeAll(sqs, queue.undelivered)];
      // What comes after a record that cannot be read goes with it, and was told all the same.
      const firsts = new Set(batches.map((body) => String((JSON.parse(body) as readonly string[])[0])));
      return {
        messages: texts.length,
        items: items.length,
        missing: [...texts.filter((text) => !bodies.includes(text)), ...items.filter((pk) => !firsts.has(pk))],
        passed: [...passed],
        stray: [...bodies.filter((text) => !texts.includes(text)), ...[...firsts].filter((pk) => !items.includes(pk))],
        untold: untold.map(([name]) => name),
      };
    },
  };
}

function nameOf({ dynamodb }: DynamoDBRecord): string {
  return dynamodb?.Keys?.["pk"]?.S ?? "";
}

/** They stay there, hidden for an hour. */
async function takeAll(sqs: SQSClient, url: string): Promise<readonly string[]> {
  const bodies: string[] = [];
  for (;;) {
    const asked = { QueueUrl: url, MaxNumberOfMessages: 10, VisibilityTimeout: 3_600, WaitTimeSeconds: 0 };
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(asked));
    if (Messages.length === 0) return bodies;
    bodies.push(...Messages.map(({ Body = "" }) => Body));
  }
}
