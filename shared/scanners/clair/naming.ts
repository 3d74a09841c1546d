import { cvesIn } from "../../domain/cve.ts";
import type { Finding } from "../../domain/finding.ts";
import { readAliases, short } from "../../runtime/lenient.ts";

// `RHSA-2024:0628`, `ALAS2-2021-1`, `SUSE-SU-2021:1-1`, `GHSA-jq35-85cj-fj4p`, `pyup.io-36353`, at the start of a name.
const LEADING_ID = /^(?:(?:open)?[A-Z]{2,}[A-Z0-9]*(?:-[A-Z]+)*-\d{2,}[\w.:-]*|GHSA(?:-\w{4}){3}|pyup\.io-\d+)/;

/**
 * What a vulnerability is called. Clair names it as the distribution's data does: by an id, by an id and a headline
 * (`RHSA-2024:0628: libssh security update`), or in free words, with the ids only in the links. A name that holds ids of several
 * vulnerabilities stays what it is: an advisory.
 */
export function readName(name: string, links: string): Pick<Finding, "id" | "aliases" | "title"> {
  const given = name.trim();
  const named = cvesIn(given);
  const linked = cvesIn(links);
  const leading = LEADING_ID.exec(given)?.[0].replace(/[.:-]+$/, "");
  const id = short((named.length === 1 ? named[0] : leading) ?? (linked.length === 1 ? linked[0] : given), 200);
  const others = linked.length === 1 ? [leading, ...linked] : [leading];
  return { id, aliases: readAliases(others, id), ...(given === id ? {} : { title: short(given, 300) }) };
}
