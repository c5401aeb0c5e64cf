/**
 * `npm run demo [-- FOLDER] [options of attune adapt]`: installs and builds what is missing, adapts the default model to a folder
 * (this project's own source if none is named, in three minutes), and completes three lines of files that judged it, before and after.
 *
 * `npm run demo -- --editor [FOLDER]`: opens that folder in a real VS Code in the browser, with the extension installed, until Ctrl-C (Linux).
 *
 * With `--built` both take dist/ and out/ as they are.
 */
import { statSync } from "node:fs";
import { resolve } from "node:path";
import { ensureInstalled, run } from "./setup.mjs";

const built = process.argv.includes("--built");
const words = process.argv.slice(2).filter((word) => word !== "--built");
if (words.includes("--editor")) await openEditor(words);
else adapt(words);

function adapt([first, ...rest]) {
	const named = first !== undefined && !first.startsWith("--");
	const folder = resolve(named ? first : "src");
	const given = named || first === undefined ? rest : [first, ...rest];
	const bounded = given.some((word) => word === "--minutes" || word === "--updates");
	// Whoever wants to see what it is does not want to wait for all that it could learn.
	const options = named || bounded ? given : [...given, "--minutes", "3"];
	ensureInstalled();
	if (!built) run(process.execPath, ["esbuild.mjs"]);
	process.stdout.write(`Adapting the default model to ${folder}\n\n`);
	run(process.execPath, ["dist/cli.js", "adapt", folder, "--examples", ...options]);
}

async function openEditor(options) {
	const folder = resolve(options.find((word) => !word.startsWith("--")) ?? ".");
	if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
		process.stderr.write(`${folder} is no folder.\n`);
		process.exit(2);
	}
	ensureInstalled();
	if (!built) for (const more of [[], ["--test"]]) run(process.execPath, ["esbuild.mjs", ...more]);
	try {
		const { demoEditor } = await import("../out/test/host/demo.child.js");
		await demoEditor(folder);
	} catch (error) {
		process.stderr.write(`${error.message}\n`);
		process.exitCode = 1;
	}
}
