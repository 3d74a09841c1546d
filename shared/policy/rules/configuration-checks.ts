import type { ImageConfig } from "../../domain/image-config.ts";
import type { Fact } from "../rule.ts";
import { few, violated } from "./fact.ts";
import { fits } from "./globs.ts";

/**
 * Whether it starts as root: nobody set (empty), `root`, or user id 0 in any spelling that a runtime takes for zero, with or without a group.
 * A name that the image's own /etc/passwd gives the id 0 cannot be told from here.
 */
export function isRoot(user: string): boolean {
  const [name = ""] = user.trim().split(":");
  return name === "" || name === "root" || /^[+-]?0+$/.test(name);
}

export function userFacts({ user }: ImageConfig): readonly Fact[] {
  if (!isRoot(user)) return [];
  const words = user === "" ? "no user is set" : `user ${JSON.stringify(user.slice(0, 40))}`;
  return [violated(["root"], `runs as root: ${words}`, "set a user that is not root (USER 65532)", "high")];
}

export interface Ports {
  readonly allow?: readonly string[] | undefined;
  readonly deny?: readonly string[] | undefined;
}

export function portFacts({ exposedPorts }: ImageConfig, { allow, deny }: Ports): readonly Fact[] {
  const named = (list: readonly string[], port: string) => list.includes(port) || list.includes(port.replace(/\/.*$/, ""));
  return exposedPorts
    .map((port) => (port.includes("/") ? port : `${port}/tcp`))
    .filter((port) => (allow !== undefined && !named(allow, port)) || (deny !== undefined && named(deny, port)))
    .map((port) =>
      violated(["port", port], `exposes the port ${port}, which is not allowed`, `remove EXPOSE ${port.replace(/\/.*$/, "")}`),
    );
}

const SECRET_PARTS = /PASSWORD|PASSWD|SECRET|TOKEN|APIKEY|CREDENTIAL/;
const SECRET_WORDS: ReadonlySet<string> = new Set(["PASS", "PWD", "KEY"]);
// Keys that everybody may know, and names of places where a secret lies. PWD alone is the working directory.
const HARMLESS = /PUBLIC|PUBKEY|^GPG_KEYS?$|^(OLD)?PWD$|_(FILE|PATH|DIR|URL|ID|NAME)$/;

/** Names only: the values may be secrets and are looked at for nothing but being there. */
export function environmentFacts({ env }: ImageConfig, except: readonly string[] | undefined): readonly Fact[] {
  return env.flatMap((entry) => {
    const [name = "", ...value] = entry.split("=");
    if (!looksSecret(name) || value.join("=") === "" || fits(except, name)) return [];
    const message = `the environment variable ${JSON.stringify(name.slice(0, 80))} looks like a secret`;
    return [
      violated(
        ["env", name],
        message,
        "give it to the container when it starts; take the value back, for it is in the image for good",
        "high",
      ),
    ];
  });
}

function looksSecret(name: string): boolean {
  const upper = name.toUpperCase();
  return !HARMLESS.test(upper) && (SECRET_PARTS.test(upper) || upper.split(/[^A-Z0-9]+/).some((word) => SECRET_WORDS.has(word)));
}

// As the classic builder and BuildKit write it: `/bin/sh -c #(nop) ADD https://...` and `ADD https://... /x # buildkit`.
const ADD = /^(?:\/bin\/sh -c )?(?:#\(nop\) +)?ADD /;
const URL = /(?:^|[\s["'])(?:(?:https?|ftp|git|ssh):\/\/|git@)/i;

/** Counts steps and prints none: a URL may hold a password. */
export function addFacts({ history }: ImageConfig): readonly Fact[] {
  const steps = history.flatMap((step, index) => (ADD.test(step) && URL.test(step) ? [String(index + 1)] : []));
  if (steps.length === 0) return [];
  const message = `files were added from a URL (step ${few(steps)} of the build)`;
  return [violated(["add-from-url"], message, "fetch the file in a build stage, check its digest and COPY it")];
}

export interface Labels {
  readonly required: Readonly<Record<string, readonly string[]>>;
  readonly forbidden?: readonly string[] | undefined;
}

export function labelFacts({ labels }: ImageConfig, { required, forbidden }: Labels): readonly Fact[] {
  const facts = Object.entries(required).flatMap(([name, patterns]) => {
    const value = Object.hasOwn(labels, name) ? labels[name] : undefined;
    if (value === undefined || value === "") return [violated(["label", name], `has no label ${name}`, `set LABEL ${name}=...`, "low")];
    if (fits(patterns, value)) return [];
    return [violated(["label", name], `its label ${name} fits none of ${few(patterns)}`, `set LABEL ${name} to such a value`, "low")];
  });
  const extra = Object.keys(labels).filter((name) => fits(forbidden, name));
  return [
    ...facts,
    ...extra.map((name) =>
      violated(["forbidden-label", name], `has the label ${name}, which is not allowed`, `remove LABEL ${name}`, "low"),
    ),
  ];
}

const SENSITIVE = /^\/(sys|dev|proc|etc|boot|root|run|var\/run)?(\/|$)/;

export function volumeFacts({ volumes }: ImageConfig): readonly Fact[] {
  return volumes
    .filter((volume) => SENSITIVE.test(volume))
    .map((volume) => violated(["volume", volume], `declares the volume ${volume}, a place of the system`, `remove VOLUME ${volume}`));
}

export function healthFacts({ hasHealthcheck }: ImageConfig): readonly Fact[] {
  return hasHealthcheck
    ? []
    : [violated(["healthcheck"], "has no health check", "add HEALTHCHECK, or leave it to the platform and drop this check", "low")];
}
