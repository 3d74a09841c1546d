import { corpusPart } from "../../../corpus/folder.ts";
import { type Models, openModels } from "./model.ts";

const FOLDER = corpusPart("aws-models");

/** The vendor's models, where they are at hand: else the same suites run without. */
export const MODELS: Models | undefined = FOLDER === undefined ? undefined : openModels(FOLDER);
