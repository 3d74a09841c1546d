import fc from "fast-check";
import { expect, test } from "vitest";
import { LISTED_FOR, newImage, touched } from "../../../../shared/stores/dynamodb/image-document.ts";
import { keyOf } from "../../../fixtures/records.ts";

test("an image stands in the list at its last change or less than a quarter of an hour before, whoever's clock is ahead", () =>
  fc.assert(
    fc.property(fc.array(fc.nat(3 * LISTED_FOR), { minLength: 1 }), (times) => {
      let image = newImage(keyOf("a"));
      for (const now of times) {
        image = touched(image, now);
        const { changedAt = 0, listedAt = 0 } = image;
        expect(changedAt).toBe(now);
        expect(listedAt).toBeLessThanOrEqual(now);
        expect(now - listedAt).toBeLessThan(LISTED_FOR);
      }
    }),
  ));
