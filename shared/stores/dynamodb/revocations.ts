import type { KeptAnswer, RevocationStore } from "../../ports/revocation-store.ts";
import type { Change } from "./change.ts";
import type { Documents } from "./documents.ts";
import { type Key, shortHash } from "./item.ts";
import { inOneTurn } from "./turns.ts";

const HASH = "revocation";
const MOST_ANSWERS = 2_000;
const MOST_BYTES = 256 * 1024 * 1024;

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

export function openRevocations(documents: Documents): RevocationStore {
  const trim = inOneTurn(() => trimNow(documents));
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
      await trim();
    },
  };
}

function answerKey(question: string): Key {
  return { pk: HASH, sk: shortHash(question) };
}

function bytesKey(question: string): Key {
  return { pk: `revocation#${shortHash(question)}`, sk: "bytes" };
}

async function trimNow(documents: Documents): Promise<void> {
  const answers: Answer[] = [];
  for await (const { body } of documents.list<Answer>({ hash: HASH })) answers.push(body);
  const lastToEndFirst = answers.toSorted((one, other) => other.nextUpdate - one.nextUpdate || (one.question < other.question ? -1 : 1));
  let bytes = 0;
  for (const [place, { question, size }] of lastToEndFirst.entries()) {
    bytes += size;
    if (place < MOST_ANSWERS && bytes <= MOST_BYTES) continue;
    await documents.change(`revocation ${question}`, (change) => drop(change, question));
  }
}

async function drop(change: Change, question: string): Promise<void> {
  for (const key of [answerKey(question), bytesKey(question)]) {
    await change.get(key);
    change.remove(key);
  }
}
