/** What a user can get wrong at the command line: each a clear error with file, reason and remedy, and nothing half-written. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { mediaFolder } from "#engine/home";
import type { ScoreResult } from "#engine/score";
import type { ListedSkip } from "#engine/skipRemedy";
import type { AdaptResult } from "#protocol/learning";
import {
	badFiles,
	badFolders,
	badInFolder,
	badModels,
	badPlaces,
	badWords,
	golden,
	makeBadFile,
	shuffleIds,
} from "#test/slow/badInput";
import { attune, done, failed, type Place, start } from "#test/slow/commandLine";
import { snapshot, wideProject } from "#test/slow/realProject";

interface Listed {
	readonly skippedFiles: readonly ListedSkip[];
}

const place = mkdtempSync(join(tmpdir(), "attune-bad-"));
/** A fresh home for each case, so that what it leaves behind can be seen. */
let homes = 0;
const newHome = (): Place => ({ home: join(place, `home-${homes++}`) });

describe("cli, given something bad", () => {
	after(() => rmSync(place, { recursive: true, force: true }));

	describe("a folder", () => {
		for (const [name, make, reason, remedy] of badFolders) {
			it(`that ${name}`, async () => {
				const folder = join(place, name.replaceAll(" ", "-"));
				make(folder);
				for (const command of ["adapt", "score"]) {
					const at = newHome();
					const { code, error, err } = await failed([command, folder], at);
					deepEqual([code, error.code, error.file], [1, "workspace", folder]);
					match(error.reason, reason);
					match(error.remedy, remedy);
					ok(err.includes(error.reason) && err.includes(error.remedy));
					nothingLeft(at.home);
				}
			});
		}

		it("that has only one file can be scored, and is too small to be judged", async () => {
			const folder = join(place, "one file");
			mkdirSync(folder);
			writeFileSync(join(folder, "a.ts"), "export const a = 1;\n");
			const result = await done<AdaptResult>(["adapt", folder], newHome());
			deepEqual([result.accepted, result.adapter], [false, null]);
			deepEqual(result.budget, { minutes: 10, updates: null });
			match(result.verdict, /too small to judge/);
		});
	});

	it("files in a folder: each is listed with its reason and with what helps", async function () {
		if (process.platform !== "linux") this.skip();
		const folder = join(place, "some are bad");
		mkdirSync(folder);
		writeFileSync(join(folder, "good.ts"), "export const a = 1;\n");
		const files = [...badFiles, ...badInFolder];
		for (const [name, content] of files) makeBadFile(join(folder, name), content);
		const list = await attune(["adapt", folder, "--list"], newHome());
		equal(list.code, 0, list.err);
		const scored = await done<Listed>(["score", folder], newHome());
		for (const { skippedFiles } of [JSON.parse(list.out) as Listed, scored]) {
			equal(skippedFiles.length, files.length);
			for (const [name, , why, helps] of files) {
				const { reason, detail, remedy } = skippedFiles.find(({ path }) => path === name) ?? {
					reason: "used",
					remedy: "",
				};
				match(`${reason}: ${detail}`, why);
				match(remedy, helps);
				ok(list.err.includes(`\nskipped   ${name}: ${reason}: ${detail}\n`), list.err);
				ok(list.err.includes(`\nremedy    ${reason}: ${remedy}\n`), list.err);
			}
		}
	});

	describe("a file alone", () => {
		const at = newHome();
		for (const [name, content, reason, remedy] of badFiles) {
			it(`${name}: says why it is not read, and what helps against that`, async () => {
				const file = join(place, name);
				makeBadFile(file, content);
				const { code, error, err } = await failed(["score", file], at);
				deepEqual([code, error.code, error.file], [1, "workspace", file]);
				match(error.reason, reason);
				match(error.remedy, remedy);
				ok(err.includes(error.remedy));
			});
		}
	});

	describe("a model", () => {
		const file = join(place, "text.ts");
		before(() => writeFileSync(file, "export const answer = 42;\n"));

		for (const [name, spoil, at, code, reason] of badModels) {
			it(`with ${name}`, async () => {
				const folder = join(place, "models", name.replaceAll(" ", "-"));
				cpSync(mediaFolder("starter"), folder, { recursive: true });
				spoil(folder);
				const home = newHome();
				const { code: exit, error } = await failed(["score", file, "--model", folder], home);
				equal(exit, 1);
				match(error.reason, reason);
				deepEqual([error.code, error.file], [code, at === "" ? folder : join(folder, at)]);
				ok(error.remedy.length > 10);
				nothingLeft(home.home);
				deepEqual(weightsIn(home.home), []);
			});
		}

		it("with the tokenizer of another model of the same size: the run says what it doubts", async () => {
			const [folder, project] = [join(place, "models", "shuffled"), join(place, "some project")];
			cpSync(mediaFolder("starter"), folder, { recursive: true });
			shuffleIds(folder);
			wideProject(project);
			const words = ["adapt", project, "--updates", "1", "--minutes", "1", "--model", folder];
			const { out, err } = await attune(words, newHome());
			const { tokenizerDoubt } = JSON.parse(out) as AdaptResult;
			ok(tokenizerDoubt !== undefined && tokenizerDoubt.model > tokenizerDoubt.frequencies + 1);
			match(err, /^warning +the base predicts .*\n.*tokenizer\.json is of another model; fetch it again/m);
		});

		it("that is not there", async () => {
			const { code, error } = await failed(["score", file, "--model", "no-such-model"], newHome());
			equal(code, 1);
			match(error.reason, /there is no model "no-such-model"/);
			match(error.remedy, /one of: starter/);
		});

		it("as info of a broken one", async () => {
			const { code, error } = await failed(["models", "info", join(place, "models", "half-its-weights")], newHome());
			deepEqual([code, error.code], [1, "weights"]);
		});
	});

	describe("an adapter", () => {
		const file = join(place, "adapted.ts");
		before(() => writeFileSync(file, "export const answer = 42;\n"));
		const score = (adapter: string) => failed(["score", file, "--adapter", adapter], newHome());

		it("of another base model", async () => {
			const { code, error } = await score(golden("models/llama-tied/adapter"));
			deepEqual([code, error.code], [1, "adapter"]);
			match(error.reason, /belongs to no target|the model and the rank ask for|is missing/);
			match(error.remedy, /the model it was made for/);
		});

		it("of ours for other weights", async () => {
			const folder = join(place, "adapter of other weights");
			cpSync(golden("models/llama-tied/adapter"), folder, { recursive: true });
			writeFileSync(join(folder, "attune.json"), JSON.stringify({ baseModelHash: "0".repeat(64) }));
			const { error } = await score(folder);
			deepEqual([error.code, error.file], ["adapter", folder]);
			match(error.reason, /made for another base model \(000000000000, not [0-9a-f]{12}\)/);
		});

		it("that is not there", async () => {
			const { code, error } = await score(join(place, "nowhere"));
			deepEqual([code, error.code, error.file], [1, "adapter", join(place, "nowhere")]);
		});

		it("that is a folder without one", async () => {
			const { error } = await score(place);
			deepEqual([error.code, error.file], ["adapter", join(place, "adapter_config.json")]);
			match(error.remedy, /`attune adapt` or PEFT/);
		});
	});

	it("a folder where a line shall be completed", async () => {
		const { code, error } = await failed(["complete", place, "--line", "1", "--column", "1"], newHome());
		deepEqual([code, error.code, error.file], [1, "workspace", place]);
		match(error.reason, /a folder, not a file/);
	});

	it("a reader that goes away: the work is done all the same", async () => {
		const { child, ended } = start(["graph", "learn"], newHome());
		child.stdout?.destroy();
		child.stderr?.destroy();
		equal((await ended).code, 0);
	});

	describe("a device", () => {
		const words = ["score", "text.ts", "--device"];

		it("of an unknown name", async () => {
			const { code, error } = await failed([...words, "abacus"], newHome());
			deepEqual([code, error.code], [1, "device"]);
			match(error.reason, /"abacus" cannot be used: this platform's onnxruntime has only cpu/);
			match(error.remedy, /--device cpu/);
		});

		it("without a driver, which auto goes round", async function () {
			if (process.platform !== "linux") this.skip();
			const none = { VK_ICD_FILENAMES: "/nowhere.json", VK_DRIVER_FILES: "/nowhere.json" };
			const { code, error } = await failed([...words, "webgpu"], { ...newHome(), env: none });
			deepEqual([code, error.code], [1, "device"]);
			match(error.reason, /the device "webgpu" cannot be used: ./);
			const file = join(place, "for any device.ts");
			writeFileSync(file, "export const answer = 42;\n");
			const auto = await done<ScoreResult>(["score", file, "--device", "auto"], { ...newHome(), env: none });
			equal(auto.device, "cpu");
		});
	});

	describe("a place for the adapter", () => {
		for (const [name, make, out, reason] of badPlaces) {
			it(`that ${name}`, async () => {
				const folder = join(place, "places", name.replaceAll(" ", "-"));
				mkdirSync(join(folder, "project"), { recursive: true });
				writeFileSync(join(folder, "project", "a.ts"), "export const a = 1;\n");
				make(folder);
				const before = snapshot(folder);
				const at = newHome();
				const { code, error } = await failed(["adapt", join(folder, "project"), "--out", join(folder, out)], at);
				deepEqual([code, error.code, error.file], [1, "storage", join(folder, out)]);
				match(error.reason, reason);
				deepEqual(snapshot(folder), before);
				ok(!existsSync(at.home), "work was begun");
			});
		}

		it("as a home that is a file", async () => {
			const home = join(place, "home that is a file");
			writeFileSync(home, "");
			const { code, error } = await failed(["adapt", join(place, "one file")], { home });
			deepEqual([code, error.code], [1, "storage"]);
			match(error.reason, /a part of the path is a file/);
		});
	});

	describe("words", () => {
		for (const words of badWords) {
			it(`"${words.join(" ")}": exit code 2`, async () => {
				const at = newHome();
				const { code, error, err } = await failed(words, { ...at, cwd: place });
				deepEqual([code, error.code], [2, "usage"]);
				match(err, /^attune: /m);
				ok(error.remedy !== "" && !existsSync(at.home));
			});
		}

		it("none at all: exit code 2", async () => equal((await attune([], newHome())).code, 2));
	});
});

/** No temporary file, no lock, no adapter, no checkpoint. */
function nothingLeft(home: string): void {
	const files = existsSync(home) ? readdirSync(home, { recursive: true, encoding: "utf8" }) : [];
	const bad = files.filter((path) => /\.tmp$|^lock\.|^state\.bin$|^adapter/.test(basename(path)));
	deepEqual(bad, []);
}

function weightsIn(home: string): string[] {
	const files = existsSync(home) ? readdirSync(home, { recursive: true, encoding: "utf8" }) : [];
	return files.filter((path) => path.endsWith(".f32"));
}
