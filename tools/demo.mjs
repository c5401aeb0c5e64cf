/**
 * `npm run demo [-- FOLDER] [options of attune adapt]`: installs and builds what is missing, adapts the default model to a folder
 * (this project's own source if none is named), and completes three lines of files that judged it, before and after.
 */
import { resolve } from "node:path";
import { ensureInstalled, run } from "./setup.mjs";

const [first, ...rest] = process.argv.slice(2);
const named = first !== undefined && !first.startsWith("--");
const folder = resolve(named ? first : "src");
const options = named || first === undefined ? rest : [first, ...rest];
ensureInstalled();
run(process.execPath, ["esbuild.mjs"]);
process.stdout.write(`Adapting the default model to ${folder}\n\n`);
run(process.execPath, ["dist/cli.js", "adapt", folder, "--examples", ...options]);
