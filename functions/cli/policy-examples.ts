/** Policies that come with the program, as `policy init --from` knows them. */
export const POLICY_EXAMPLES = ["baseline", "strict", "audit-only", "pci", "fedramp", "slsa", "signed"] as const;

type Example = (typeof POLICY_EXAMPLES)[number];

export function isExample(name: string): name is Example {
  return POLICY_EXAMPLES.some((each) => each === name);
}
