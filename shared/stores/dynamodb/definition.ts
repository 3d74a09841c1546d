import type { CreateTableCommandInput } from "@aws-sdk/client-dynamodb";

/** Lists of images of a registry and a repository, jobs of a group, steps of an undo: sparse, sorted by text. */
export const PLACE_INDEX = "place";
/** Lists by the time of the last change: images by verdict and hold, actions. */
export const CHANGE_INDEX = "change";
/** What somebody has to do: entries without a number in the journal, jobs by state. */
export const TODO_INDEX = "todo";

const index = (name: string, hash: string, range: string) => ({
  IndexName: name,
  KeySchema: [
    { AttributeName: hash, KeyType: "HASH" as const },
    { AttributeName: range, KeyType: "RANGE" as const },
  ],
  // `x`: the few words that a list is filtered by, so that an item is read only where it is shown.
  Projection: { ProjectionType: "INCLUDE" as const, NonKeyAttributes: ["x"] },
});

/** The one table, as CreateTable and CloudFormation spell it; on demand, so that an idle gate costs its storage alone. */
export const TABLE_DEFINITION = {
  BillingMode: "PAY_PER_REQUEST",
  AttributeDefinitions: [
    { AttributeName: "pk", AttributeType: "S" },
    { AttributeName: "sk", AttributeType: "S" },
    { AttributeName: "gp", AttributeType: "S" },
    { AttributeName: "gs", AttributeType: "S" },
    { AttributeName: "gc", AttributeType: "S" },
    { AttributeName: "gn", AttributeType: "N" },
    { AttributeName: "td", AttributeType: "S" },
    { AttributeName: "ts", AttributeType: "S" },
  ],
  KeySchema: [
    { AttributeName: "pk", KeyType: "HASH" },
    { AttributeName: "sk", KeyType: "RANGE" },
  ],
  GlobalSecondaryIndexes: [index(PLACE_INDEX, "gp", "gs"), index(CHANGE_INDEX, "gc", "gn"), index(TODO_INDEX, "td", "ts")],
  // An item whose new image has `td` "untold" has entries to be told: that wakes the function that forwards the journal.
  StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_IMAGE" },
} as const satisfies Omit<CreateTableCommandInput, "TableName">;

/** Holds the second since 1970 after which an item may go. */
export const TTL_ATTRIBUTE = "ttl";
