import { HOST, TOKEN, type WebGate } from "../../fakes/web-gate.ts";
import { openApi } from "./open-api.ts";

/** What a program sends to the API, as requests. */

export function get(path: string, token = TOKEN): Request {
  return new Request(`http://${HOST}/api/v1${path}`, { headers: { authorization: `Bearer ${token}` } });
}

/** @param body text is sent as it is */
export function post(path: string, body: unknown, token = TOKEN): Request {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return new Request(`http://${HOST}/api/v1${path}`, { method: "POST", headers, body: text });
}

/** The status of the answer, and what of it is not as the gate's own document says. */
export async function answerTo(gate: WebGate, asked: Request): Promise<{ readonly status: number; readonly faults: readonly string[] }> {
  const response = await gate.app.fetch(asked);
  const body: unknown = await response.json();
  return { status: response.status, faults: (await openApi(gate)).faultsOf(asked, response, body) };
}
