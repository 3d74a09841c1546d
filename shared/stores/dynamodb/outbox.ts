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
  /** To be told that a stream tells. */
  readonly hear: () => void;
}

interface Told {
  readonly id: string;
  /** Absent in a record that is none of this table's. */
  readonly key?: Key;
}

export function openOutbox({ waiting, stamps, number, hear }: Deps): Outbox {
  return {
    async number(records) {
      const told = records.flatMap(read);
      if (told.length > 0) hear();
      const keys = told.flatMap(({ key }) => (key === undefined ? [] : [key]));
      const since = stamps();
      waiting.add(keys.map((key) => ({ key, since })));
      const broken = new Set(keys.length === 0 ? [] : (await number()).map(nameOf));
      return told.filter(({ key }) => key === undefined || broken.has(nameOf(key))).map(({ id }) => id);
    },
  };
}

/** The item of a record, where something waits in it (AWS API reference, "StreamRecord"). */
function read({ id, change }: ChangeRecord): readonly Told[] {
  const { Keys, NewImage } = membersOf(change);
  const [pk, sk] = [textIn(Keys, "pk"), textIn(Keys, "sk")];
  if (pk === undefined || sk === undefined) return [{ id }];
  // With `NEW_IMAGE`, an item that went has none.
  return membersOf(NewImage)["o"] === undefined ? [] : [{ id, key: { pk, sk } }];
}

function textIn(attributes: unknown, name: string): string | undefined {
  const text = membersOf(membersOf(attributes)[name])["S"];
  return typeof text === "string" ? text : undefined;
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? Object.fromEntries<unknown>(Object.entries(value)) : {};
}
