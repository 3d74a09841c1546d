export type Edge = readonly [from: string, to: string];

const [START, END] = ["start", "end"];

/**
 * The greatest number of ways from different sources to different sinks of which no two share anything on the way (Ford and Fulkerson, each node
 * passed at most once). Edges lead from sources to sinks, without a circle.
 */
export function disjointPaths(edges: readonly Edge[], sources: readonly string[], sinks: readonly string[]): number {
  const open = openWays(edges, sources, sinks);
  let count = 0;
  for (let path = findPath(open); path !== undefined; path = findPath(open)) {
    count += 1;
    for (const [from, to] of path) {
      open.get(from)?.delete(to);
      link(open, to, from);
    }
  }
  return count;
}

type Ways = Map<string, Set<string>>;

function link(ways: Ways, from: string, to: string): void {
  const known = ways.get(from);
  if (known === undefined) ways.set(from, new Set([to]));
  else known.add(to);
}

/** Each node becomes two with one way between them, so that it is passed once. */
function openWays(edges: readonly Edge[], sources: readonly string[], sinks: readonly string[]): Ways {
  const ways: Ways = new Map();
  for (const node of new Set([...sources, ...sinks, ...edges.flat()])) link(ways, `to ${node}`, `from ${node}`);
  for (const [from, to] of edges) link(ways, `from ${from}`, `to ${to}`);
  for (const source of sources) link(ways, START, `to ${source}`);
  for (const sink of sinks) link(ways, `from ${sink}`, END);
  return ways;
}

function findPath(ways: Ways): readonly Edge[] | undefined {
  const cameFrom = new Map<string, string>([[START, START]]);
  const queue = [START];
  for (const node of queue) {
    for (const next of ways.get(node) ?? []) {
      if (cameFrom.has(next)) continue;
      cameFrom.set(next, node);
      if (next === END) return pathTo(cameFrom);
      queue.push(next);
    }
  }
  return undefined;
}

function pathTo(cameFrom: ReadonlyMap<string, string>): readonly Edge[] {
  const path: Edge[] = [];
  for (let node = END; node !== START; ) {
    const before = cameFrom.get(node) ?? START;
    path.push([before, node]);
    node = before;
  }
  return path;
}
