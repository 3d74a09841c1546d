import { brokenFake, meetFate } from "../guarded.ts";
import type { Inside } from "../inside.ts";
import { AwsRefusal } from "../refusal.ts";
import { assumeRole, errorXml } from "./assume-role.ts";

/** There is no model of this service: what it answers is not held against a contract. */
export async function answerSts(inside: Inside, request: Request, body: string): Promise<Response | "lost"> {
  const form = new URLSearchParams(body);
  const xml = (text: string, status: number): Response => new Response(text, { status, headers: { "content-type": "text/xml" } });
  try {
    const { principal, region } = inside.identities.whoSigned(request.headers, 403);
    const operation = form.get("Action") ?? "";
    const isLost = await meetFate(inside, { service: "sts", operation, account: principal.account, region });
    if (operation !== "AssumeRole") {
      inside.contract.refuse(`sts.${operation}: there is no such operation here`);
      throw new AwsRefusal("InvalidAction", `There is no action ${operation}`);
    }
    const answer = assumeRole(inside.identities, form);
    return isLost ? "lost" : xml(answer, 200);
  } catch (error) {
    if (!(error instanceof AwsRefusal)) return brokenFake(inside, "sts", error);
    return xml(errorXml(error), error.status);
  }
}
