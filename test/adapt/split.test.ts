import { deepEqual, equal, ok } from "node:assert/strict";
import { readCorpus } from "#adapt/corpus";
import { roleOfFile } from "#adapt/holdOut";
import type { FeedItem, SourceFile } from "#adapt/source";
import { type Split, type SplitLimits, splitCorpus, takeEvenly } from "#adapt/split";
import { neverCancelled } from "#base/cancel";
import { fakeTokenizer } from "#test/adapt/fakeTokenizer";
import { feedOf, fileOf, madeUpCode, madeUpProject } from "#test/adapt/project";

const tokenizer = fakeTokenizer();
const limits: SplitLimits = { judgeTokens: 1e6, fileTokens: 1e6, validateTokens: 1e6 };
const files = madeUpProject(120, 20);

async function split(project: readonly SourceFile[], changes: Partial<SplitLimits> = {}): Promise<Split> {
	const corpus = await readCorpus(feedOf(project), tokenizer, 1e9, neverCancelled);
	return splitCorpus(corpus, 64, tokenizer, { ...limits, ...changes });
}

const judgedPaths = (result: Split) => result.judge.map(({ document }) => document.path).sort();

describe("adapt/split", () => {
	it("keeps training, validation and judged files apart", async () => {
		const result = await split(files);
		equal(result.mode, "files");
		const judged = new Set(judgedPaths(result));
		ok(judged.size >= 5 && result.train.every(({ path }) => !judged.has(path)));
		const trained = new Set(result.train.map(({ window }) => window.tokens.buffer));
		ok(result.validate.length > 0 && result.validate.every(({ tokens }) => !trained.has(tokens.buffer)));
		ok(result.judge.every(({ document }) => !trained.has(document.tokens.buffer)));
	});

	it("never moves a judged file when others come or go", async () => {
		const before = judgedPaths(await split(files));
		const more = await split([...files, ...madeUpProject(150, 20).slice(120)]);
		deepEqual(
			judgedPaths(more).filter((path) => before.includes(path)),
			before,
		);
		const fewer = await split(files.filter((_, i) => i % 10 !== 0));
		ok(judgedPaths(fewer).every((path) => before.includes(path)));
	});

	it("drops a judged file that is a near-copy of a trained one", async () => {
		const before = await split(files);
		const [victim] = judgedPaths(before);
		const source = files.find(({ path }) => path === before.train[0]?.path);
		ok(victim !== undefined && source !== undefined);
		const copied = files.map((file) => (file.path === victim ? fileOf(victim, `// copy\n${source.text}`) : file));
		const after = await split(copied);
		equal(after.nearCopies, 1);
		deepEqual(
			judgedPaths(after),
			judgedPaths(before).filter((path) => path !== victim),
		);
	});

	it("judges blocks below eight files, and spares validation windows from training", async () => {
		const result = await split(madeUpProject(7, 60));
		equal(result.mode, "blocks");
		ok(result.validate.length >= 3);
		const shared = result.validate.filter((spared) =>
			result.train.some(({ window: { tokens } }) => {
				return tokens.buffer === spared.tokens.buffer && tokens.byteOffset === spared.tokens.byteOffset;
			}),
		);
		deepEqual(shared, []);
	});

	it("judges blocks where the files held out have fewer than 4,000 tokens, however many they are", async () => {
		const heldOut = (lines: number) => {
			const judged = madeUpProject(120, lines).filter(({ path }) => roleOfFile(path) === "judge");
			return { files: judged.length, tokens: judged.reduce((sum, { text }) => sum + tokenizer.encode(text).length, 0) };
		};
		const [few, enough] = [heldOut(6), heldOut(12)];
		ok(few.files >= 5 && few.tokens > 1_024 && few.tokens < 4_000, JSON.stringify(few));
		ok(enough.files === few.files && enough.tokens > 4_000, JSON.stringify(enough));
		equal((await split(madeUpProject(120, 12))).mode, "files");
		const blocks = await split(madeUpProject(120, 6));
		equal(blocks.mode, "blocks");
		ok(new Set(judgedPaths(blocks)).size > few.files, "only held-out files are judged");
	});

	it("bounds what is judged, of one file and of all", async () => {
		const tokens = ({ windows }: Split["judge"][number]) =>
			windows.reduce((sum, window) => sum + window.tokens.length - window.scoreFrom, 0);
		const bounded = await split(files, { fileTokens: 200, judgeTokens: 900 });
		ok(bounded.judge.every((unit) => tokens(unit) <= 200));
		const all = bounded.judge.reduce((sum, unit) => sum + tokens(unit), 0);
		ok(all >= 800 && all <= 1_100, String(all));
		ok(bounded.judge.length >= 12, String(bounded.judge.length));
		// However little there is time for, it is of as many files.
		equal((await split(files, { fileTokens: 200, judgeTokens: 100 })).judge.length, 12);
		ok(bounded.heldOutTokens > 4_000);
	});

	it("spreads what it takes", () => {
		const windows = Array.from({ length: 10 }, (_, i) => ({
			tokens: new Int32Array(11).fill(i),
			scoreFrom: 1,
			bytes: 1,
		}));
		deepEqual(
			takeEvenly(windows, 50).map(({ tokens }) => tokens[0]),
			[0, 2, 4, 6, 8],
		);
		equal(takeEvenly(windows, 1).length, 1);
		equal(takeEvenly(windows, 1e9).length, 10);
	});
});

describe("adapt/corpus", () => {
	it("counts what it saw and why files were skipped", async () => {
		async function* feed(): AsyncIterable<FeedItem> {
			yield* feedOf(files.slice(0, 3));
			yield { kind: "skipped", skipped: { path: "x.min.js", reason: "minified" } };
			yield { kind: "skipped", skipped: { path: "y.min.js", reason: "minified" } };
			yield { kind: "skipped", skipped: { path: "z.png", reason: "binary" } };
		}
		const corpus = await readCorpus(feed(), tokenizer, 1e9, neverCancelled);
		deepEqual(corpus.files, { seen: 6, used: 3, skipped: { minified: 2, binary: 1 } });
	});

	it("keeps the most recent files of a project that does not fit, and knows how much it left out", async () => {
		const many = Array.from({ length: 400 }, (_, i) => fileOf(`f${i}.ts`, madeUpCode(i, 2), i * 1e9));
		let encoded = 0;
		const counting = {
			...tokenizer,
			encode: (text: string) => {
				encoded++;
				return tokenizer.encode(text);
			},
		};
		const corpus = await readCorpus(feedOf(many.toReversed()), counting, 2_000, neverCancelled);
		const kept = corpus.train.map(({ path }) => Number(path.slice(1, -3)));
		ok(kept.length > 10 && kept.length < 60 && kept.every((i) => i > 300), String(kept));
		ok(encoded < 200, `tokenised ${encoded} files`);
		ok(corpus.leftOutBytes > 0.7 * many.reduce((sum, { bytes }) => sum + bytes, 0));
	});
});
