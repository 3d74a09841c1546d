import { isIPv4 } from "node:net";
import { isLoopback } from "../runtime/url.ts";
import type { Challenge } from "./challenge.ts";

/** How a registry wants to be spoken to. */
export type Way =
  | { readonly kind: "open" }
  | { readonly kind: "basic" }
  | { readonly kind: "bearer"; readonly realm: URL; readonly service: string | undefined };

// Sites on which strangers get hosts of their own. The public suffix list has thousands; these are the ones with registries or functions.
const SHARED_SITES: readonly string[] = [
  "amazonaws.com",
  "azurecr.io",
  "azurewebsites.net",
  "azurecontainerapps.io",
  "jfrog.io",
  "pkg.dev",
  "run.app",
  "appspot.com",
  "github.io",
  "gitlab.io",
  "herokuapp.com",
  "cloudfront.net",
  "workers.dev",
  "pages.dev",
  "netlify.app",
  "vercel.app",
  "fly.dev",
  "onrender.com",
  "ngrok.io",
  "ngrok.app",
];
// Second level that a country's registry sells under: co.uk, com.au, ac.jp, gv.at.
const COUNTRY_SECOND_LEVEL = /^(?:com?|net?|org?|gov?|gv|edu|ac|mil)$/;

/**
 * Bearer where its realm is an address (Codeberg offers both), else Basic. Artifactory and others put a title where the address should be:
 * that is Basic in disguise.
 */
export function chooseWay(challenges: readonly Challenge[]): Way | undefined {
  for (const { scheme, parameters } of challenges) {
    const realm = scheme === "bearer" ? URL.parse(parameters.get("realm") ?? "") : null;
    if (realm !== null && /^https?:$/.test(realm.protocol)) return { kind: "bearer", realm, service: parameters.get("service") };
  }
  return challenges.some(({ scheme }) => scheme === "basic" || scheme === "bearer") ? { kind: "basic" } : undefined;
}

/**
 * Whether credentials for a registry may be shown to the token service that it names: the registry's own host, or another of the same site
 * (`registry-1.docker.io` and `auth.docker.io`, `registry.gitlab.example` and `gitlab.example`). Of two addresses on this machine each may
 * stand for the other. A registry whose front end was taken over can so not send the password to a stranger.
 */
export function isTrustedRealm(registry: URL, realm: URL): boolean {
  if (isLoopback(registry.hostname)) return realm.hostname === registry.hostname || isLoopback(realm.hostname);
  if (realm.protocol !== "https:") return false;
  return (
    realm.hostname === registry.hostname || (siteOf(realm.hostname) !== undefined && siteOf(realm.hostname) === siteOf(registry.hostname))
  );
}

/** The domain that one owner holds, by rule of thumb; undefined for addresses, single names and shared sites. */
function siteOf(hostname: string): string | undefined {
  if (isIPv4(hostname) || hostname.startsWith("[")) return undefined;
  const labels = hostname.replace(/\.$/, "").split(".");
  const [second = "", top = ""] = labels.slice(-2);
  const length = top.length === 2 && COUNTRY_SECOND_LEVEL.test(second) ? 3 : 2;
  const site = labels.slice(-length).join(".");
  return labels.length < length || SHARED_SITES.includes(site) ? undefined : site;
}
