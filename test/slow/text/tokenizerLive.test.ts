import { deepEqual, equal } from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mediaFolder } from "#engine/home";
import { needPython } from "#test/support/needs";
import { loadTokenizer } from "#text/loadTokenizer";
import { asPython, digest, goldenJson, readChunks, readGolden, textDigest } from "../../golden/tokenizerGolden.ts";
import { inTemporaryFolder } from "../../runtime/temporary.ts";

const shipped = "the shipped one";

/** Lines of this machine's own files, for the shipped tokenizer the fixture's too, against the Python tokenizers installed here. */
describe("slow/text/tokenizer, live", () => {
	const golden = readGolden();
	let python: string;
	let own: readonly string[];

	before(function () {
		python = needPython(this);
		own = machineLines(python);
	});

	it("finds at least 50,000 lines", () => equal(own.length >= 50_000, true, `${own.length} lines`));

	for (const name of [shipped, ...Object.keys(golden.types)]) {
		const isShipped = name === shipped;
		it(`gives Python's ids on all of them, and its text back: ${name}`, () =>
			inTemporaryFolder((folder) => {
				const lines = isShipped ? [...new Set([...readChunks(golden).flat(), ...own])] : own;
				const json: unknown = isShipped
					? JSON.parse(readFileSync(join(mediaFolder("starter"), "tokenizer.json"), "utf8"))
					: goldenJson(name);
				const [jsonFile, textFile] = [join(folder, "tokenizer.json"), join(folder, "lines.txt")];
				writeFileSync(jsonFile, JSON.stringify(json));
				writeFileSync(textFile, lines.join(""));
				const expected = execFileSync(python, ["tools/golden/tokenizerLive.py", jsonFile, textFile], {
					encoding: "utf8",
				});
				const tokenizer = loadTokenizer({ tokenizer: json, file: jsonFile });
				const ours: { ids: string[]; texts: string[] } = { ids: [], texts: [] };
				for (let i = 0; i < lines.length; i += 500) {
					const ids = lines.slice(i, i + 500).map((line) => tokenizer.encode(line));
					ours.ids.push(digest(ids));
					ours.texts.push(textDigest(ids.map((line) => asPython(name, tokenizer.decode(line)))));
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
