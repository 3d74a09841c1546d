import * as z from "zod";
import type { ChangeRecord, Outbox } from "../../ports/outbox.ts";
import type { Key } from "./item.ts";
import { nameOf } from "./requests.ts";
import type { Stamps } from "./stamps.ts";
import type { WaitingItems } from "./waiting.ts";

interface Deps {
  readonly waiting: WaitingItems;
  readonly stamps: Stamps;
  /** Numbers what waits. @returns items that cannot be read */
  readonly number: () => Promise<readonly Key[]>;
}

const TEXT = z.object({ S: z.string() });
/** AWS API reference, "StreamRecord": with `NEW_IMAGE`, an item that went has none. */
const CHANGE = z.object({ Keys: z.object({ pk: TEXT, sk: TEXT }), NewImage: z.record(z.string(), z.unknown()).optional() });

interface Told {
  readonly id: string;
  /** Absent in a record that is none of this table's. */
  readonly key?: Key;
}

export function openOutbox({ waiting, stamps, number }: Deps): Outbox {
  return {
    async number(records) {
      const told = records.flatMap(read);
      const keys = told.flatMap(({ key }) => (key === undefined ? [] : [key]));
      const since = stamps();
      waiting.add(keys.map((key) => ({ key, since })));
      const broken = new Set(keys.length === 0 ? [] : (await number()).map(nameOf));
      return told.filter(({ key }) => key === undefined || broken.has(nameOf(key))).map(({ id }) => id);
    },
  };
}

/** The item of a record, where something waits in it. */
function read({ id, change }: ChangeRecord): readonly Told[] {
  const { data } = CHANGE.safeParse(change);
  if (data === undefined) return [{ id }];
  return data.NewImage?.["o"] === undefined ? [] : [{ id, key: { pk: data.Keys.pk.S, sk: data.Keys.sk.S } }];
}
