import type { KeptAnswer, RevocationLimits, RevocationStore } from "../../ports/revocation-store.ts";
import type { Change } from "./change.ts";
import type { Documents } from "./documents.ts";
import { type Key, shortHash } from "./item.ts";
import { inOneTurn } from "./turns.ts";

const HASH = "revocation";

/** What is asked of all answers; the bytes lie apart. Both go by themselves some time after they ended. */
interface Answer extends Omit<KeptAnswer, "bytes"> {
  readonly question: string;
  readonly size: number;
}

interface Bytes {
  readonly base64: string;
}

/** A verifier may look at an answer that ended lately. */
const AFTER_END_MS = 24 * 60 * 60 * 1_000;

const NONE: RevocationLimits = { answers: 0, bytes: 0 };

/** All that is kept is read to know what is too much: only after this process has filled half of the room that there was. */
export function openRevocations(documents: Documents, most: RevocationLimits): RevocationStore {
  let [written, enough] = [NONE, NONE];
  const trim = inOneTurn(async () => {
    const before = written;
    const kept = await trimNow(documents, most);
    enough = {
      answers: before.answers + Math.floor((most.answers - kept.answers) / 2),
      bytes: before.bytes + Math.floor((most.bytes - kept.bytes) / 2),
    };
  });
  return {
    async find(question) {
      const [answer, bytes] = await documents.readAll<Answer & Bytes>([answerKey(question), bytesKey(question)]);
      if (answer === undefined || bytes === undefined) return undefined;
      const { thisUpdate, nextUpdate, askedAt } = answer;
      return { bytes: Uint8Array.from(Buffer.from(bytes.base64, "base64")), thisUpdate, nextUpdate, askedAt };
    },
    async keep(question, { bytes, thisUpdate, nextUpdate, askedAt }) {
      await documents.change(`revocation ${question}`, async (change) => {
        const before = await change.get<Answer>(answerKey(question));
        await change.get(bytesKey(question));
        if (before !== undefined && thisUpdate < before.thisUpdate) return;
        const marks = { endsAt: nextUpdate + AFTER_END_MS };
        change.put(answerKey(question), { question, thisUpdate, nextUpdate, askedAt, size: bytes.length } satisfies Answer, marks);
        change.put(bytesKey(question), { base64: Buffer.from(bytes).toString("base64") } satisfies Bytes, marks);
      });
      written = added(written, bytes.length);
      if (written.answers > enough.answers || written.bytes > enough.bytes) await trim();
    },
  };
}

function answerKey(question: string): Key {
  return { pk: HASH, sk: shortHash(question) };
}

function bytesKey(question: string): Key {
  return { pk: `revocation#${shortHash(question)}`, sk: "bytes" };
}

/** @returns what is left */
async function trimNow(documents: Documents, most: RevocationLimits): Promise<RevocationLimits> {
  const answers: Answer[] = [];
  for await (const { body } of documents.list<Answer>({ hash: HASH })) answers.push(body);
  const lastToEndFirst = answers.toSorted((one, other) => other.nextUpdate - one.nextUpdate || (one.question < other.question ? -1 : 1));
  let [kept, all] = [NONE, NONE];
  for (const { question, size } of lastToEndFirst) {
    all = added(all, size);
    if (all.answers <= most.answers && all.bytes <= most.bytes) kept = all;
    else await documents.change(`revocation ${question}`, (change) => drop(change, question));
  }
  return kept;
}

function added({ answers, bytes }: RevocationLimits, size: number): RevocationLimits {
  return { answers: answers + 1, bytes: bytes + size };
}

async function drop(change: Change, question: string): Promise<void> {
  for (const key of [answerKey(question), bytesKey(question)]) {
    await change.get(key);
    change.remove(key);
  }
}
