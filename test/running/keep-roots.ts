import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { instant } from "../../shared/domain/time.ts";
import { keep, startDraft } from "../../shared/trust-roots/keep.ts";
import { readKept } from "../../shared/trust-roots/kept.ts";

/** Keeps one generation after the other, until it is killed. Says so after the first. */
const [, , folder = ""] = process.argv;
for (let turn = 0; ; turn++) {
  const before = readKept(folder);
  const draft = startDraft(folder, before);
  writeFileSync(join(draft, "trusted_root.json"), `generation ${(before?.generation ?? 0) + 1}`);
  if (!keep(folder, draft, before, { checkedAt: instant(turn) })) rmSync(draft, { recursive: true });
  if (turn === 0) process.stdout.write("kept\n");
}
