/** Calls to one registry at the same time; many more are taken for abuse by some. */
const AT_ONCE = 8;

/** Results in the order of the items. After a fault nothing new is begun, and it is thrown once the calls under way have ended. */
export async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  const queue = [...items.entries()];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [place, item] = next;
      try {
        results[place] = await work(item);
      } catch (fault) {
        queue.length = 0;
        throw fault;
      }
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: AT_ONCE }, worker));
  const failed = ended.find((one) => one.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return results;
}
