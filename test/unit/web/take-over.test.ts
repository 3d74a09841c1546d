import { expect, test } from "vitest";
import { openWebGate, STATUS, type WebGate } from "../../fakes/web-gate.ts";
import { show } from "./browser.ts";

function gateWith(takeOver: NonNullable<(typeof STATUS.registries)[number]["takeOver"]>): WebGate {
  const gate = openWebGate();
  gate.answers.status = { ...STATUS, registries: STATUS.registries.map((registry) => ({ ...registry, mode: "dry-run", takeOver })) };
  return gate;
}

test("while a registry is being taken over the first page says that nothing is held there, how far it is and what is next", async () => {
  const page = await show(gateWith({ judged: 1_204, found: 3_000, next: "moorgate takeover plan registry.example:5000" }), "/");
  expect(page).toContain("1,204 of 3,000 judged");
  expect(page).toContain("moorgate takeover plan registry.example:5000");
  expect(page).toContain("<td>taking over</td>");
  expect(page).not.toContain('class="alarm"');
});

test("that what lies there cannot be listed is an alarm", async () => {
  const page = await show(gateWith({ judged: 0, found: 0, fault: "it has no catalogue", next: "moorgate sweep" }), "/");
  expect(page).toContain("it has no catalogue");
  expect(page).toContain('class="alarm"');
});

test("a registry that the gate is in charge of is no news", async () => {
  expect(await show(openWebGate(), "/")).not.toContain("taking over");
});
