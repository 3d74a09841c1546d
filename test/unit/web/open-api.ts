import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { HOST, TOKEN, type WebGate } from "../../fakes/web-gate.ts";

interface Operation {
  readonly description?: string;
  readonly responses: Readonly<Record<string, { readonly content: Readonly<Record<string, { readonly schema: object }>> }>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

export interface OpenApi {
  readonly document: Document;
  /** What an answer has that the document does not allow, or lacks. */
  faultsOf(request: Request, response: Pick<Response, "status" | "headers">, body: unknown): readonly string[];
}

/** The gate's own document as a judge of its answers. */
export async function openApi({ app }: WebGate): Promise<OpenApi> {
  const response = await app.fetch(new Request(`http://${HOST}/api/v1/openapi.json`, { headers: { authorization: `Bearer ${TOKEN}` } }));
  const document = (await response.json()) as Document;
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  ajv.addSchema(document, "openapi");
  return {
    document,
    faultsOf({ url, method }, { status, headers }, body) {
      const path = new URL(url).pathname;
      const template =
        Object.keys(document.paths).find((candidate) => new RegExp(`^${candidate.replace(/\{\w+\}/g, "[^/]+")}$`).test(path)) ?? path;
      const mediaType = headers.get("content-type")?.split(";", 1)[0] ?? "";
      const schema = document.paths[template]?.[method.toLowerCase()]?.responses[status]?.content[mediaType]?.schema;
      if (schema === undefined) return [`${method} ${template} does not document ${status} ${mediaType}`];
      const pointer = ["paths", template, method.toLowerCase(), "responses", String(status), "content", mediaType, "schema"];
      const validate = ajv.getSchema(
        `openapi#/${pointer.map((part) => encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"))).join("/")}`,
      );
      if (validate === undefined) return [`no schema at ${pointer.join("/")}`];
      return validate(body) === true ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
    },
  };
}
