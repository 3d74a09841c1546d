import { readFileSync } from "node:fs";

// The build puts the texts into the code: the calls have to stand here as they are.
const texts = {
  baseline: () => readFileSync(new URL("../../infra/policies/baseline.yaml", import.meta.url), "utf8"),
  strict: () => readFileSync(new URL("../../infra/policies/strict.yaml", import.meta.url), "utf8"),
  "audit-only": () => readFileSync(new URL("../../infra/policies/audit-only.yaml", import.meta.url), "utf8"),
  pci: () => readFileSync(new URL("../../infra/policies/pci.yaml", import.meta.url), "utf8"),
  fedramp: () => readFileSync(new URL("../../infra/policies/fedramp.yaml", import.meta.url), "utf8"),
  slsa: () => readFileSync(new URL("../../infra/policies/slsa.yaml", import.meta.url), "utf8"),
  signed: () => readFileSync(new URL("../../infra/policies/signed.yaml", import.meta.url), "utf8"),
  demo: () => readFileSync(new URL("../../infra/policies/demo.yaml", import.meta.url), "utf8"),
  settings: () => readFileSync(new URL("./settings-template.yaml", import.meta.url), "utf8"),
} as const;

/** A text that comes with the program: a policy, or the settings to start from. */
export function builtInText(name: keyof typeof texts): string {
  return texts[name]();
}
