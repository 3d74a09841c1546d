import { expect, test } from "vitest";
import { commandOf, welcome } from "../../../functions/cli/up-words.ts";

const HELD = { image: "127.0.0.1:5055/samples/vulnerable:1.0", verdict: "violating", held: true, shows: "its report names a critical CVE" };

test.each([
  ["a checkout that npm starts", { npm_package_name: "moorgate", npm_lifecycle_event: "start" }, "npm run -s moorgate --"],
  ["a project that has it among its packages", { npm_package_name: "shop", npm_lifecycle_event: "npx" }, "moorgate"],
  ["the path", {}, "moorgate"],
])("what to do next can be copied where it was started from %s", (_, environment, command) => {
  const text = welcome(
    {
      stateDir: ".moorgate",
      address: { url: "http://127.0.0.1:5056", token: "t", pid: 1 },
      registry: "127.0.0.1:5055",
      policyFile: ".moorgate/policy.yaml",
      isNewToken: false,
      samples: [HELD],
      command: commandOf(environment),
      sameGate: "",
    },
    { columns: 120 },
  );
  expect(text).toContain(`  ${command} explain ${HELD.image}\n`);
  expect(text).toContain(`  ${command} release ${HELD.image} --reason`);
});
