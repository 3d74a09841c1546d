import { afterAll, beforeAll, expect, test } from "vitest";
import { callGate } from "../../../functions/cli/gate.ts";
import { SwitchedView } from "../../../shared/web/api/schema-status.ts";
import { problem } from "../../../shared/web/problem.ts";
import { answer } from "../../fakes/raw-server.ts";
import { openServers } from "../../fakes/servers.ts";

const servers = openServers();
let host: string;

/** Answers each path with the problem of its name. */
beforeAll(async () => {
  const gate = await servers.raw(({ path }, response) => {
    const [code = "", status = ""] = path.slice(1).split("/");
    const body = {
      ...problem("refused", "Nothing was done.", "Why.", "Next."),
      type: `urn:moorgate:problem:${code}`,
      status: Number(status),
    };
    answer(response, Number(status), { "content-type": "application/problem+json" }, JSON.stringify(body));
  });
  host = gate.host;
});
afterAll(() => servers.close());

const post = (path: string): Promise<unknown> => callGate(`http://${host}`, "token").post(path, {}, SwitchedView);

const EXITS = [
  ["what the request itself makes impossible", 3, ["invalid/400", "refused/409", "not-found/404", "too-large/413", "host/421"]],
  ["what waits for another person", 1, ["proposed/409"]],
  ["what was another a moment ago", 4, ["superseded/409"]],
  ["what somebody else may", 4, ["unauthenticated/401", "forbidden/403"]],
  ["what may work later", 4, ["failed/502", "unavailable/503", "internal/500", "too-slow/408"]],
  ["what only a newer gate knows", 4, ["of-tomorrow/409"]],
] as const;

test("wrong use is what can never work, and nothing else that a gate refuses", async () => {
  for (const [why, exit, paths] of EXITS)
    for (const path of paths) await expect(post(path), why).rejects.toMatchObject({ fault: { exit, code: path.split("/")[0] } });
});
