import { AdapterError, type AdapterErrorCode } from "../../ports/adapter-error.ts";

const CONTENT_FAULTS: readonly AdapterErrorCode[] = ["malformed", "too-large", "unsupported"];

/**
 * The result, or undefined where the content itself cannot be read. For what lies beside an image: nobody may keep an image from being held
 * by putting something broken next to it. A fault of the registry is thrown.
 */
export async function unlessUnreadable<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof AdapterError && CONTENT_FAULTS.includes(error.code)) return undefined;
    throw error;
  }
}
