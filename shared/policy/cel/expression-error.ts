/** An expression that no evidence could make right. */
export class ExpressionError extends Error {
  override readonly name = "ExpressionError";

  constructor(source: string, offset: number, problem: string) {
    super(`line ${lineAt(source, offset)}, column ${columnAt(source, offset)} of the expression: ${problem}`);
  }
}

/** An expression that has no result for this evidence. */
export class ExpressionFailure extends Error {
  override readonly name = "ExpressionFailure";
}

function lineAt(source: string, offset: number): number {
  return source.slice(0, offset).split("\n").length;
}

function columnAt(source: string, offset: number): number {
  return offset - (source.lastIndexOf("\n", offset - 1) + 1) + 1;
}
