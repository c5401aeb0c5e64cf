/**
 * `npm run pictures [-- JOURNEY ...]`: takes the pictures anew that the README shows, from the editor's journeys (all, or those named). Fails where
 * a journey fails, where a picture was not taken, and where one is too large. Look at them.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { ensureInstalled, run } from "./setup.mjs";

const folder = "docs/pictures";
const mostBytes = 150_000;
const journeys = ["around", "chatJourney", "journey", "learning", "surprise"];

const wanted = process.argv.slice(2);
const chosen = wanted.length > 0 ? wanted : journeys;
const names = [...readFileSync("README.md", "utf8").matchAll(/docs\/pictures\/([\w-]+)\.png/g)].map(([, name]) => name);

ensureInstalled();
for (const more of [[], ["--test"]]) run(process.execPath, ["esbuild.mjs", ...more]);
const started = Date.now();
const files = chosen.map((name) => `out/test/editor/${name}.test.js`);
const { status } = spawnSync(
	process.execPath,
	["node_modules/mocha/bin/mocha.js", "--no-config", "--timeout", "240000", "--retries", "2", ...files],
	{
		stdio: "inherit",
		env: {
			...process.env,
			...{ ATTUNE_PICTURES: folder, ATTUNE_PICTURE_NAMES: names.join(), ATTUNE_TEST_EDITOR: "required" },
		},
	},
);
const wrong = names.flatMap((name) => {
	const { mtimeMs = 0, size = 0 } = statSync(`${folder}/${name}.png`, { throwIfNoEntry: false }) ?? {};
	if (mtimeMs < started) return wanted.length > 0 ? [] : [`${name} was not taken`];
	return size > mostBytes ? [`${name} has ${size} bytes, more than ${mostBytes}`] : [];
});
for (const line of wrong) process.stderr.write(`${line}\n`);
process.exitCode = status !== 0 || wrong.length > 0 ? 1 : 0;
