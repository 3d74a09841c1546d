/**
 * What a person may do at the API. `reader`: look. `operator`: look, and act on images and runs. `approver`: look, and confirm what another
 * person has asked for. `reporter`: tell where images run, and nothing else.
 */
export const ROLES = ["reader", "operator", "approver", "reporter"] as const;
export type Role = (typeof ROLES)[number];
