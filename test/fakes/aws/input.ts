import { invalidParameter } from "./refusal.ts";
import type { ImageId } from "./state/image.ts";

/** The JSON of a request. The readers refuse as the vendor does what is missing or of the wrong kind. */
export type Input = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is Input {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function text(input: Input, name: string): string {
  const value = optionalText(input, name);
  if (value === undefined) throw invalidParameter(name, "Member must not be null");
  return value;
}

export function optionalText(input: Input, name: string): string | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw invalidParameter(name, "Member must be text");
  return value;
}

/** @param most where there are more, the request is refused. */
export function optionalList(input: Input, name: string, most: number, least = 0): readonly unknown[] | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw invalidParameter(name, "Member must be a list");
  if (value.length > most) throw invalidParameter(name, `Member must have length less than or equal to ${most}`);
  if (value.length < least) throw invalidParameter(name, `Member must have length greater than or equal to ${least}`);
  return value;
}

export function optionalTexts(input: Input, name: string, most: number): readonly string[] | undefined {
  return optionalList(input, name, most)?.map((one) => {
    if (typeof one === "string") return one;
    throw invalidParameter(name, "Member must be a list of texts");
  });
}

export function record(input: Input, name: string): Input {
  const value = optionalRecord(input, name);
  if (value === undefined) throw invalidParameter(name, "Member must not be null");
  return value;
}

export function optionalRecord(input: Input, name: string): Input | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (!isRecord(value)) throw invalidParameter(name, "Member must be a structure");
  return value;
}

/** One of the values that the vendor knows. */
export function optionalChoice<Choice extends string>(input: Input, name: string, choices: readonly Choice[]): Choice | undefined {
  const value = optionalText(input, name);
  const choice = choices.find((one) => one === value);
  if (value !== undefined && choice === undefined)
    throw invalidParameter(name, `Member must satisfy enum value set: [${choices.join(", ")}]`);
  return choice;
}

function imageIdOf(value: unknown, name = "imageId"): ImageId {
  if (!isRecord(value)) throw invalidParameter(name, "Member must be a structure");
  const [imageDigest, imageTag] = [optionalText(value, "imageDigest"), optionalText(value, "imageTag")];
  return { ...(imageDigest === undefined ? {} : { imageDigest }), ...(imageTag === undefined ? {} : { imageTag }) };
}

/** For operations on one image, which has to be named somehow. */
export function imageId(input: Input, name = "imageId"): ImageId {
  const id = imageIdOf(record(input, name), name);
  if (id.imageDigest === undefined && id.imageTag === undefined) throw invalidParameter(name, "both tag and digest cannot be null");
  return id;
}

export function optionalImageIds(input: Input, name = "imageIds"): readonly ImageId[] | undefined {
  return optionalList(input, name, 100, 1)?.map((one) => imageIdOf(one, name));
}
