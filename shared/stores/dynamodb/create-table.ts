import { CreateTableCommand, type DynamoDBClient, UpdateTimeToLiveCommand, waitUntilTableExists } from "@aws-sdk/client-dynamodb";
import { TABLE_DEFINITION, TTL_ATTRIBUTE } from "./definition.ts";
import { tableFault } from "./fault.ts";
import { openClient } from "./open.ts";
import { parseTablePlace } from "./place.ts";

const WAIT_S = 60;

/**
 * Makes the table of a place, and returns once it can be used. For tries and tests: what is deployed has its table from the template that it is
 * deployed with, which has the same definition. @throws AdapterError
 */
export async function createTable(place: string): Promise<void> {
  const { table, ...where } = parseTablePlace(place);
  const client = openClient(where);
  try {
    await make(client, table);
  } catch (error) {
    throw tableFault(error);
  } finally {
    client.destroy();
  }
}

async function make(client: DynamoDBClient, TableName: string): Promise<void> {
  const { AttributeDefinitions, KeySchema, GlobalSecondaryIndexes, ...rest } = TABLE_DEFINITION;
  await client.send(
    new CreateTableCommand({
      ...rest,
      TableName,
      AttributeDefinitions: [...AttributeDefinitions],
      KeySchema: [...KeySchema],
      GlobalSecondaryIndexes: GlobalSecondaryIndexes.map(({ Projection, ...rest }) => ({
        ...rest,
        Projection: { ...Projection, NonKeyAttributes: [...Projection.NonKeyAttributes] },
      })),
    }),
  );
  await waitUntilTableExists({ client, maxWaitTime: WAIT_S }, { TableName });
  const TimeToLiveSpecification = { AttributeName: TTL_ATTRIBUTE, Enabled: true };
  await client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
}
