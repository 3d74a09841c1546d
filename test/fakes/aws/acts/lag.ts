import type { Contents, RepositoryState } from "../state/repository.ts";
import type { World } from "../world.ts";

/** To be called before a change: what there is now is what DescribeImages still shows for a while. */
export function keepPast({ controls }: World, repository: RepositoryState): void {
  if (controls.describeLag === 0) return;
  const contents = repository.past?.contents ?? { images: new Map(repository.images), tags: new Map(repository.tags) };
  repository.past = { contents, looks: controls.describeLag };
}

export function seenContents(repository: RepositoryState): Contents {
  const { past } = repository;
  if (past === undefined) return repository;
  past.looks -= 1;
  if (past.looks <= 0) repository.past = undefined;
  return past.contents;
}
