import { parseDigest } from "../../domain/digest.ts";
import type { ImageRecord } from "../../domain/image-record.ts";
import { type ImageKey, parseImageKey, type RepositoryKey } from "../../domain/image-ref.ts";
import { inPages } from "../../ports/in-pages.ts";
import type { Ledger } from "../../ports/ledger.ts";
import type { Documents } from "./documents.ts";
import { type ImageDocument, imageItemKey } from "./image-document.ts";
import type { Key } from "./item.ts";
import { nameOf } from "./requests.ts";

/** Whoever may push may put one manifest under the tags of many images; more are found by the sweep. */
const MOST_CARRIERS = 500;
const PAGE = 100;

/**
 * From a manifest to images. A link is written before the step that makes it true, and whoever reads it asks the image whether it is:
 * so a step needs no transaction for it, and a link of a step that was never taken leads nowhere.
 */
export interface Links extends Pick<Ledger, "parents" | "carriers"> {
  /** Of a step that is about to be taken. */
  announce(before: ImageRecord | undefined, after: ImageRecord): Promise<void>;
}

function childHash(digest: string): string {
  return `child#${digest}`;
}

function attachedHash({ registry, repository }: RepositoryKey, digest: string): string {
  return `attached#${registry}/${repository}@${digest}`;
}

export function openLinks(documents: Documents): Links {
  async function known(keys: readonly ImageKey[]): Promise<readonly ImageDocument[]> {
    return (await documents.readAll<ImageDocument>(keys.map(imageItemKey))).filter((document) => document !== undefined);
  }

  return {
    async announce(before, after) {
      const links = newLinks(before, after);
      if (links.length === 1 || links.length === 2) await Promise.all(links.map((key) => documents.putFact(key, {})));
      else await documents.putFacts(links.map((key) => ({ key, body: {} })));
    },
    async parents({ digest, repository, registry }) {
      const keys: ImageKey[] = [];
      for await (const { key } of documents.list<object>({ hash: childHash(digest) })) keys.push(parseImageKey(key.sk));
      const wanted = keys.filter((key) => (repository ?? key.repository) === key.repository && (registry ?? key.registry) === key.registry);
      return inOrder((await known(wanted)).filter(({ record }) => record?.children.includes(digest)));
    },
    async carriers(attached) {
      const found: ImageDocument[] = [];
      for await (const keys of inPages(linked(documents, attachedHash(attached, attached.digest), attached), PAGE)) {
        found.push(...(await known(keys)).filter(({ record }) => record?.attached?.includes(attached.digest)));
        if (found.length >= MOST_CARRIERS) break;
      }
      return inOrder(found).slice(0, MOST_CARRIERS);
    },
  };
}

function newLinks(before: ImageRecord | undefined, { key, children, attached = [] }: ImageRecord): readonly Key[] {
  const where = `${key.registry}/${key.repository}@${key.digest}`;
  const isNew =
    <T>(list: readonly T[] | undefined) =>
    (each: T): boolean =>
      list?.includes(each) !== true;
  const keys: readonly Key[] = [
    ...children.filter(isNew(before?.children)).map((child) => ({ pk: childHash(child), sk: where })),
    ...attached.filter(isNew(before?.attached)).map((each) => ({ pk: attachedHash(key, each), sk: key.digest })),
  ];
  return [...new Map(keys.map((each) => [nameOf(each), each])).values()];
}

async function* linked(documents: Documents, hash: string, { registry, repository }: RepositoryKey): AsyncGenerator<ImageKey> {
  for await (const { key } of documents.list<object>({ hash })) yield { registry, repository, digest: parseDigest(key.sk) };
}

/** Those that were there first come first. */
function inOrder(documents: readonly ImageDocument[]): readonly ImageRecord[] {
  return documents
    .toSorted((one, other) => (one.bornAt ?? 0) - (other.bornAt ?? 0))
    .flatMap(({ record }) => (record === undefined ? [] : [record]));
}
