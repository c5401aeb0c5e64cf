import { deepEqual, equal, rejects } from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { neverCancelled } from "#base/cancel";
import { ChatContext } from "#engine/chatContext";
import { attuneHome } from "#engine/home";
import { inTemporaryFolder } from "#test/runtime/temporary";

const parser = "export function parseUrl(text: string) {\n\treturn text.split(':');\n}\n";

function inProject(work: (context: ChatContext, folder: string) => void | Promise<void>): Promise<void> {
	return inTemporaryFolder(async (folder) => {
		mkdirSync(join(folder, "src"));
		mkdirSync(join(folder, "secret"));
		writeFileSync(join(folder, ".gitignore"), "secret/\n");
		writeFileSync(join(folder, "src/url.ts"), parser);
		writeFileSync(join(folder, "src/other.ts"), "export const answer = 42;\n");
		writeFileSync(join(folder, "secret/url.ts"), parser);
		await work(
			await ChatContext.open([folder], attuneHome({ ATTUNE_HOME: join(folder, "home") }), neverCancelled),
			folder,
		);
	});
}

describe("engine/chatContext", () => {
	it("finds what the policy allows, with its lines as they are on the disk", () =>
		inProject((context) => {
			equal(context.files, 3);
			const [found, ...rest] = context.find("where is parseUrl?", 5);
			deepEqual(found, { path: "src/url.ts", lines: [1, 3], text: parser.trimEnd(), language: "typescript" });
			deepEqual(rest, []);
			deepEqual(context.find("nothing like it zzz", 5), []);
		}));

	it("tells files apart that were named one by one, when one name begins another", () =>
		inTemporaryFolder(async (folder) => {
			const files = ["app.js", "app.json"].map((name) => join(folder, name));
			writeFileSync(files[0] as string, "export const rocket = 1;\n");
			writeFileSync(files[1] as string, '{ "giraffe": "tall" }\n');
			const context = await ChatContext.open(files, attuneHome({ ATTUNE_HOME: join(folder, "home") }), neverCancelled);
			const [found] = context.find("giraffe", 5);
			deepEqual([found?.path, found?.text], ["app.json", '{ "giraffe": "tall" }']);
		}));

	it("follows files that change, go, or are no longer allowed", () =>
		inProject((context, folder) => {
			const paths = (question: string) => context.find(question, 5).map(({ path }) => path);
			writeFileSync(join(folder, "src/other.ts"), "export class Rocket {}\n");
			deepEqual(paths("rocket"), []);
			context.update(join(folder, "src/other.ts"));
			deepEqual(paths("rocket"), ["src/other.ts"]);
			deepEqual(paths("answer"), []);
			rmSync(join(folder, "src/url.ts"));
			// Before anybody has said so.
			deepEqual(paths("parseUrl"), []);
			context.update(join(folder, "src/url.ts"));
			writeFileSync(join(folder, "src/url.ts"), parser);
			deepEqual(paths("parseUrl"), []);
			context.update(join(folder, "src/url.ts"));
			deepEqual(paths("parseUrl"), ["src/url.ts"]);
			writeFileSync(join(folder, ".gitignore"), "src/\n");
			deepEqual(paths("parseUrl rocket"), []);
			context.update(join(folder, "secret/never.ts"));
		}));

	it("takes a file as the editor has it", () =>
		inProject((context, folder) => {
			const file = join(folder, "src/other.ts");
			context.update(file, Buffer.from("export const unsavedName = 1;\n"));
			// The words are the editor's, what is shown is the disk's.
			deepEqual(
				context.find("unsavedName", 5).map(({ text }) => text),
				["export const answer = 42;"],
			);
		}));

	it("names the roots of several, and refuses one that is not there", () =>
		inTemporaryFolder(async (folder) => {
			for (const name of ["one", "two"]) {
				mkdirSync(join(folder, name));
				writeFileSync(join(folder, name, "a.py"), `def ${name}_thing():\n    pass\n`);
			}
			const home = attuneHome({ ATTUNE_HOME: join(folder, "home") });
			const context = await ChatContext.open([join(folder, "one"), join(folder, "two")], home, neverCancelled);
			deepEqual(
				context.find("two_thing", 1).map(({ path, text }) => [path, text]),
				[["two/a.py", "def two_thing():\n    pass"]],
			);
			await rejects(ChatContext.open([join(folder, "none")], home, neverCancelled), /none/);
		}));
});
