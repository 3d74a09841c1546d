import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import * as ours from "../../../shared/audit/ocsf-tables.ts";
import { compare, type Row } from "./row.ts";

const LABELS = z.record(z.string(), z.string());
const CLASS = z.object({
  class_uid: z.number(),
  class_name: z.string(),
  category_uid: z.number(),
  category_name: z.string(),
  activity_id: LABELS,
  type_uid: LABELS,
  status_id: LABELS,
});
const TABLES = z.object({
  version: z.string(),
  classes: z.record(z.string(), z.unknown()),
  severity_id: LABELS,
  confidence_id: LABELS,
  action_id: LABELS,
  disposition_id: LABELS,
  objects: z.record(z.string(), LABELS),
});
type Tables = z.output<typeof TABLES>;

/** Our ids and labels against the vendor's: whole tables are equal; of two long ones the ids that we write. */
export function* checkTables(folder: string): Generator<Row> {
  const theirs = TABLES.parse(JSON.parse(readFileSync(join(folder, "tables.1.8.0.json"), "utf8")));
  yield compare("ocsf/tables/version", { version: theirs.version }, { version: ours.OCSF_VERSION });
  for (const kind of [ours.COMPLIANCE_FINDING, ours.API_ACTIVITY]) yield compareClass(theirs, kind);
  for (const [name, expected, actual] of wholeTables(theirs)) yield compare(`ocsf/tables/${name}`, { table: expected }, { table: actual });
  yield comparePart(theirs, "observable.type_id", ours.OBSERVABLE_TYPE);
  yield comparePart(theirs, "account.type_id", ours.ACCOUNT_TYPE);
}

function wholeTables(theirs: Tables): readonly (readonly [string, unknown, unknown])[] {
  const objects = {
    "compliance.status_id": ours.COMPLIANCE_STATUS,
    "check.status_id": ours.COMPLIANCE_STATUS,
    "analytic.type_id": ours.ANALYTIC_TYPE,
    "resource_details.role_id": ours.RESOURCE_ROLE,
    "user.type_id": ours.USER_TYPE,
  };
  return [
    ["severity_id", theirs.severity_id, ours.SEVERITY],
    ["confidence_id", theirs.confidence_id, ours.CONFIDENCE],
    ["action_id", theirs.action_id, ours.ACTION],
    ["disposition_id", theirs.disposition_id, ours.DISPOSITION],
    ...Object.entries(objects).map(([name, table]) => [name, theirs.objects[name], table] as const),
  ];
}

function comparePart(theirs: Tables, name: string, part: Readonly<Record<number, string>>): Row {
  const expected = Object.fromEntries(Object.keys(part).map((id) => [id, theirs.objects[name]?.[id]]));
  return compare(`ocsf/tables/${name}`, expected, { ...part });
}

function compareClass(theirs: Tables, kind: ours.OcsfClass): Row {
  const { class_uid, class_name, category_uid, category_name, activity_id, type_uid, status_id } = CLASS.parse(
    theirs.classes[kind.name.toLowerCase().replaceAll(" ", "_")],
  );
  const types = Object.fromEntries(
    Object.entries(kind.activities).map(([id, name]) => [kind.uid * 100 + Number(id), `${kind.name}: ${name}`]),
  );
  return compare(
    `ocsf/tables/${kind.name}`,
    { class_uid, class_name, category_uid, category_name, activity_id, type_uid, status_id },
    {
      class_uid: kind.uid,
      class_name: kind.name,
      category_uid: kind.category.uid,
      category_name: kind.category.name,
      activity_id: kind.activities,
      type_uid: types,
      status_id: kind.statuses,
    },
  );
}
