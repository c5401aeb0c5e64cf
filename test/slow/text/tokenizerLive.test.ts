import { deepEqual, equal } from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { needPython } from "#test/support/needs";
import { digest, goldenJson, goldenTokenizer, readGolden } from "../../golden/tokenizerGolden.ts";
import { inTemporaryFolder } from "../../runtime/temporary.ts";

/** Lines of this machine's own files, against the Python tokenizers installed here. */
describe("slow/text/tokenizer, live", () => {
	let python: string;
	let lines: readonly string[];

	before(function () {
		python = needPython(this);
		lines = machineLines(python);
	});

	it("finds at least 50,000 lines", () => equal(lines.length >= 50_000, true, `${lines.length} lines`));

	for (const name of Object.keys(readGolden().types)) {
		it(`gives Python's ids on all of them: ${name}`, () =>
			inTemporaryFolder((folder) => {
				const [jsonFile, textFile] = [join(folder, "tokenizer.json"), join(folder, "lines.txt")];
				writeFileSync(jsonFile, JSON.stringify(goldenJson(name)));
				writeFileSync(textFile, lines.join(""));
				const expected = execFileSync(python, ["tools/golden/tokenizerLive.py", jsonFile, textFile], {
					encoding: "utf8",
				});
				const tokenizer = goldenTokenizer(name);
				const ours: string[] = [];
				for (let i = 0; i < lines.length; i += 500) {
					ours.push(digest(lines.slice(i, i + 500).map((line) => tokenizer.encode(line))));
				}
				deepEqual(ours, JSON.parse(expected));
			}));
	}
});

/** Distinct lines of text files below Python's packages and our own, in a fixed order. */
function machineLines(interpreter: string): string[] {
	const site = execFileSync(interpreter, ["-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])"], {
		encoding: "utf8",
	}).trim();
	const lines = new Set<string>();
	for (const root of [site, "node_modules"]) {
		const paths = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((path) =>
			/\.(py|md|txt|js|ts|json|h)$/.test(path),
		);
		// Every 13th file: many packages, and no more than a few minutes.
		for (const path of paths.sort().filter((_, i) => i % 13 === 0)) {
			if (lines.size > 80_000) break;
			const text = readFileSync(join(root, path), "utf8");
			if (text.length > 500_000 || text.includes("\ufffd")) continue;
			for (const line of text.match(/[^\n]*\n/g) ?? []) if (line.length < 2000) lines.add(line);
		}
	}
	return [...lines];
}
