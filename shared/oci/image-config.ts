import * as z from "zod";
import type { ImageConfig } from "../domain/image-config.ts";
import { quote } from "../domain/parse-error.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import { readJson } from "../runtime/json.ts";
import { readTime } from "../runtime/lenient.ts";

/** Real ones have 2 to 30 KiB. */
const MAX_CONFIG_BYTES = 4 * 1024 * 1024;

const texts = z.array(z.string()).nullish();
const names = z.record(z.string(), z.unknown()).nullish();

// image-spec 1.1, config.md, and Docker's `Healthcheck`. A member that is used and has another form could hide what a policy asks for.
const CONFIG = z.object({
  created: z.string().nullish(),
  config: z
    .object({
      User: z.string().nullish(),
      Env: texts,
      ExposedPorts: names,
      Labels: z.record(z.string(), z.string()).nullish(),
      Entrypoint: texts,
      Cmd: texts,
      Volumes: names,
      WorkingDir: z.string().nullish(),
      Healthcheck: z.object({ Test: texts }).nullish(),
    })
    .nullish(),
  history: z.array(z.object({ created_by: z.string().nullish() })).nullish(),
  rootfs: z.object({ diff_ids: texts }).nullish(),
});

/** @throws AdapterError too-large, malformed */
export function readImageConfig(bytes: Uint8Array): ImageConfig {
  const place = "image configuration";
  const read = CONFIG.safeParse(readJson(bytes, { maxBytes: MAX_CONFIG_BYTES, maxDepth: 64, place }));
  if (!read.success) {
    const [issue] = read.error.issues;
    throw new AdapterError("malformed", `${place}: ${quote(issue?.path.map(String).join(".") ?? "")} has not the form of image-spec`);
  }
  const { created, config, history, rootfs } = read.data;
  return {
    ...partsOf(config ?? {}),
    createdAt: readTime(created) ?? "unknown",
    history: (history ?? []).map((step) => step.created_by ?? ""),
    layers: rootfs?.diff_ids ?? [],
  };
}

type Parts = NonNullable<z.output<typeof CONFIG>["config"]>;

function partsOf(parts: Parts): Omit<ImageConfig, "createdAt" | "history" | "layers"> {
  return {
    user: parts.User ?? "",
    env: parts.Env ?? [],
    exposedPorts: Object.keys(parts.ExposedPorts ?? {}),
    labels: parts.Labels ?? {},
    ...commandOf(parts),
    volumes: Object.keys(parts.Volumes ?? {}),
    workingDir: parts.WorkingDir ?? "",
    hasHealthcheck: hasTest(parts.Healthcheck?.Test ?? []),
  };
}

function commandOf({ Entrypoint, Cmd }: Parts): Pick<ImageConfig, "entrypoint" | "cmd"> {
  return { entrypoint: Entrypoint ?? [], cmd: Cmd ?? [] };
}

// `NONE` turns off the check of the image that it was built on.
function hasTest([kind]: readonly string[]): boolean {
  return kind !== undefined && kind !== "" && kind !== "NONE";
}
