/** The package has no types of its own. */
declare module "spdx-expression-parse" {
  export interface SpdxLicence {
    readonly license: string;
    readonly plus?: true;
    readonly exception?: string;
  }

  export interface SpdxConjunction {
    readonly left: SpdxExpression;
    readonly conjunction: "and" | "or";
    readonly right: SpdxExpression;
  }

  export type SpdxExpression = SpdxLicence | SpdxConjunction;

  /** @throws Error for anything that is no SPDX expression */
  export default function parse(text: string): SpdxExpression;
}
