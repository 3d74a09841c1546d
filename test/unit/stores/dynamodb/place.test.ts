import { expect, test } from "vitest";
import { ParseError } from "../../../../shared/domain/parse-error.ts";
import { parseTablePlace } from "../../../../shared/stores/dynamodb/place.ts";

test("a place names region and table, and an endpoint where it has one", () => {
  expect(parseTablePlace("dynamodb://eu-central-1/moorgate")).toEqual({ region: "eu-central-1", table: "moorgate" });
  expect(parseTablePlace("dynamodb://us-gov-west-1/gate.v2?endpoint=http%3A%2F%2F127.0.0.1%3A8000")).toEqual({
    region: "us-gov-west-1",
    table: "gate.v2",
    endpoint: "http://127.0.0.1:8000/",
  });
});

test.each([
  "",
  "/var/lib/gate.db",
  "https://eu-central-1/moorgate",
  "dynamodb://moorgate",
  "dynamodb://eu-central-1/",
  "dynamodb://eu-central-1/a/b/c",
  "dynamodb://eu-central-1/ab",
  "dynamodb://key:secret@eu-central-1/moorgate",
  "dynamodb://eu-central-1/moorgate?region=x",
  "dynamodb://eu-central-1/moorgate?endpoint=http://table.example",
  "dynamodb://eu-central-1/moorgate?endpoint=ftp://127.0.0.1",
])("%j is no place", (place) => {
  expect(() => parseTablePlace(place)).toThrow(ParseError);
});

test("a credential that stands in a place is not repeated", () => {
  expect(() => parseTablePlace("dynamodb://key:hunter2@eu-central-1/moorgate")).not.toThrow(/hunter2/);
});
