import type { FakeAws } from "./aws.ts";

/** Puts keys that the stand-in knows where the vendor's clients look for them. @param set sets a variable of the environment */
export function beCaller(aws: FakeAws, set: (name: string, value: string) => void): void {
  const { accessKeyId, secretAccessKey } = aws.credentials();
  set("AWS_ACCESS_KEY_ID", accessKeyId);
  set("AWS_SECRET_ACCESS_KEY", secretAccessKey);
}
