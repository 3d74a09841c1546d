import { printImageKey } from "../../../shared/domain/image-ref.ts";
import { HOST, openWebGate, TOKEN, type WebGate } from "../../fakes/web-gate.ts";
import { keyOf, recordOf, verdictOf } from "../../fixtures/records.ts";

/** What a browser sends, as requests. */

export const ORIGIN = `http://${HOST}`;
export const BAD = keyOf("bad");
export const PATH = `/images/${printImageKey(BAD)}`;

export function request(path: string, headers: Readonly<Record<string, string>> = {}): Request {
  return new Request(`${ORIGIN}${path}`, { headers });
}

export function form(path: string, fields: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = {}): Request {
  return new Request(`${ORIGIN}${path}`, { method: "POST", headers: { origin: ORIGIN, ...headers }, body: new URLSearchParams(fields) });
}

export async function signIn(gate: WebGate, token = TOKEN): Promise<string> {
  const response = await gate.app.fetch(form("/login", { token }));
  return response.headers.get("set-cookie")?.split(";")[0] ?? "";
}

export async function show(gate: WebGate, path: string): Promise<string> {
  const response = await gate.app.fetch(request(path, { cookie: await signIn(gate) }));
  return response.text();
}

export function csrfIn(page: string): string {
  return /name="csrf" value="([^"]+)"/.exec(page)?.[1] ?? "";
}

export async function withBad(): Promise<WebGate> {
  const gate = openWebGate();
  await gate.remember(recordOf(BAD, { verdict: verdictOf("violating") }));
  return gate;
}
