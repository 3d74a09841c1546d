import * as z from "zod";
import { name } from "../field.ts";

/** The field of everybody who signs. */
export const ROLES = z
  .array(name("Name of a role."))
  .default([])
  .describe("What they sign as, such as builder or release; rules can ask for somebody of each role.");
