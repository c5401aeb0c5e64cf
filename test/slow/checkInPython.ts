/** What PyTorch, transformers and PEFT say of files that we wrote. */
import { equal } from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { needPython } from "#test/support/needs";

/** Outcomes of a script of tools/golden, one for each name; `words` makes what it is given. In one process: it takes ten seconds to start. */
export async function checkInPython<Outcome>(
	context: Mocha.Context,
	script: string,
	names: readonly string[],
	words: (name: string) => Promise<readonly string[]>,
): Promise<readonly Outcome[]> {
	const python = needPython(context);
	const all: string[] = [];
	for (const name of names) all.push(...(await words(name)));
	const printed = execFileSync(python, [join("tools/golden", script), ...all], {
		...{ encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] },
	});
	const outcomes = printed
		.trimEnd()
		.split("\n")
		.map((line) => JSON.parse(line) as Outcome);
	equal(outcomes.length, names.length);
	return outcomes;
}
