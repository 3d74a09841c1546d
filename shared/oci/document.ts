import { isDigest } from "../domain/digest.ts";
import type { Descriptor, Platform } from "../domain/manifest.ts";
import { quote } from "../domain/parse-error.ts";
import { AdapterError } from "../ports/adapter-error.ts";

/** Members of a JSON object that a registry sent; only those we use are looked at. */
export type Members = Readonly<Record<string, unknown>>;

export function malformed(place: string, problem: string): AdapterError {
  return new AdapterError("malformed", `${place}: ${problem}`);
}

export function readObject(value: unknown, place: string): Members {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Members;
  throw malformed(place, "not an object");
}

/** Go programs write an empty list as null. */
export function readList(value: unknown, place: string): readonly unknown[] {
  if (value === null) return [];
  if (Array.isArray(value)) return value;
  throw malformed(place, "not a list");
}

export function readText(value: unknown, place: string): string {
  if (typeof value === "string") return value;
  throw malformed(place, "not a text");
}

/** Absent and null are the same; so is an empty text, which distribution 3 writes for what it does not know. */
export function readOptionalText(value: unknown, place: string): string | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  return readText(value, place);
}

/** image-spec 1.1, descriptor.md. */
export function readDescriptor(value: unknown, place: string): Descriptor {
  const members = readObject(value, place);
  const digest = readText(members["digest"], `${place}.digest`);
  if (!isDigest(digest)) throw malformed(`${place}.digest`, `${quote(digest)} is no digest`);
  const { size } = members;
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) throw malformed(`${place}.size`, "not a count of bytes");
  return {
    mediaType: readText(members["mediaType"], `${place}.mediaType`),
    digest,
    size,
    ...given("artifactType", readOptionalText(members["artifactType"], `${place}.artifactType`)),
    ...given("platform", readPlatform(members["platform"], `${place}.platform`)),
    ...given("annotations", readAnnotations(members["annotations"], `${place}.annotations`)),
    ...given("urls", readUrls(members["urls"], `${place}.urls`)),
  };
}

export function readDescriptors(value: unknown, place: string): readonly Descriptor[] {
  return readList(value, place).map((entry, at) => readDescriptor(entry, `${place}[${at}]`));
}

export function readAnnotations(value: unknown, place: string): Readonly<Record<string, string>> | undefined {
  if (value === undefined || value === null) return undefined;
  const members = readObject(value, place);
  for (const name in members) readText(members[name], `${place}.${quote(name)}`);
  return members as Readonly<Record<string, string>>;
}

/** A member that is left out where there is no value. */
export function given<Name extends string, Value>(name: Name, value: Value | undefined): { readonly [key in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [key in Name]: Value });
}

function readPlatform(value: unknown, place: string): Platform | undefined {
  if (value === undefined || value === null) return undefined;
  const members = readObject(value, place);
  return {
    os: readOptionalText(members["os"], `${place}.os`) ?? "",
    architecture: readOptionalText(members["architecture"], `${place}.architecture`) ?? "",
    ...given("variant", readOptionalText(members["variant"], `${place}.variant`)),
  };
}

function readUrls(value: unknown, place: string): readonly string[] | undefined {
  return value === undefined ? undefined : readList(value, place).map((url, at) => readText(url, `${place}[${at}]`));
}
