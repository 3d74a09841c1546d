/**
 * How AWS Lambda starts Node: `require` takes no ES module, and nobody guesses what a file is (AWS Lambda developer guide, "Building Lambda functions with Node.js";
 * seen of nodejs24.x, too: vercel/vercel#11102).
 */
export const LAMBDA_NODE_FLAGS = ["--no-experimental-require-module", "--no-experimental-detect-module"] as const;
