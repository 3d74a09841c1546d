/** One container of a function, in a process of its own: `node function-process.ts FOLDER`. It is told of each call, and answers. */
interface Invocation {
  readonly id: number;
  readonly event: unknown;
  readonly forMs: number;
}

const [, , folder = ""] = process.argv;
const { handler } = (await import(`${folder}/index.cjs`)) as { handler(event: unknown, context: object): Promise<unknown> };

process.on("message", ({ id, event, forMs }: Invocation) => {
  const endsAt = performance.now() + forMs;
  const context = { getRemainingTimeInMillis: () => endsAt - performance.now(), awsRequestId: String(id) };
  handler(event, context).then(
    (result) => void process.send?.({ id, result: result ?? null }),
    (error: unknown) => void process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});
process.on("disconnect", () => process.exit(0));
process.send?.({ ready: true });
