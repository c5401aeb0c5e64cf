import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { GuardText } from "#adapt/judge";
import { mediaFolder } from "./home.ts";

/** The shipped general texts that an adapter must not make worse, in the order of their names. */
export function guardTexts(folder = mediaFolder("guard")): readonly GuardText[] {
	return readdirSync(folder)
		.filter((name) => name !== "SOURCES.md")
		.sort()
		.map((name) => ({ name, text: readFileSync(join(folder, name), "utf8") }));
}
