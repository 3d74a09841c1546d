import type { CreateTableCommandInput } from "@aws-sdk/client-dynamodb";

/** Lists by time: images by their last change, actions by their beginning. */
export const CHANGE_INDEX = "change";
/** Jobs by state, and steps of an undo that wait: sparse, sorted by text. */
export const JOB_INDEX = "job";

const index = (name: string, hash: string, range: string, ...shown: string[]) => ({
  IndexName: name,
  KeySchema: [
    { AttributeName: hash, KeyType: "HASH" as const },
    { AttributeName: range, KeyType: "RANGE" as const },
  ],
  // The few words that a list is filtered by, so that an item is read only where it is shown. An index is written where one of them has changed.
  Projection: { ProjectionType: "INCLUDE" as const, NonKeyAttributes: shown },
});

/** The one table, as CreateTable and CloudFormation spell it; on demand, so that an idle gate costs its storage alone. */
export const TABLE_DEFINITION = {
  BillingMode: "PAY_PER_REQUEST",
  AttributeDefinitions: [
    { AttributeName: "pk", AttributeType: "S" },
    { AttributeName: "sk", AttributeType: "S" },
    { AttributeName: "gc", AttributeType: "S" },
    { AttributeName: "gn", AttributeType: "N" },
    { AttributeName: "gj", AttributeType: "S" },
    { AttributeName: "gt", AttributeType: "S" },
  ],
  KeySchema: [
    { AttributeName: "pk", KeyType: "HASH" },
    { AttributeName: "sk", KeyType: "RANGE" },
  ],
  GlobalSecondaryIndexes: [index(CHANGE_INDEX, "gc", "gn", "x", "y"), index(JOB_INDEX, "gj", "gt", "x")],
  // An item whose new image has `o` holds what waits to be numbered: that wakes the function that forwards the journal.
  StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_IMAGE" },
} as const satisfies Omit<CreateTableCommandInput, "TableName">;

/** Holds the second since 1970 after which an item may go. */
export const TTL_ATTRIBUTE = "ttl";
