export { asff } from "./asff.ts";
export { inspector2Coverage } from "./coverage.ts";
export { ecr } from "./ecr.ts";
export { inspector2 } from "./inspector2.ts";
