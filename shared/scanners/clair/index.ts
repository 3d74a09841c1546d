export { clairScanner } from "./clair-scanner.ts";
export { klar } from "./klar.ts";
export { quay } from "./quay.ts";
export { clair } from "./v4.ts";
