import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { completeAt } from "#assist/complete";
import { defaultSettings, type Situation } from "#assist/situation";
import { CancelSource, neverCancelled } from "#base/cancel";
import { AttuneError } from "#base/errors";
import { scene, situation, textOf } from "./scene.ts";
import { program, starterTokenizer } from "./starterTokenizer.ts";

describe("assist/complete", () => {
	it("asks with what is before and behind, and gives what may be shown", async () => {
		const { decoder, ports, complete } = scene("1;\nconst c = 3;");
		const outcome = await complete("const a = ▮\nconst b = 2;\n");
		equal(textOf(outcome), "1;");
		if (outcome.kind !== "completion") return;
		deepEqual([outcome.source, outcome.mode, outcome.extent, outcome.replaces], ["model", "infill", "line", 0]);
		ok(outcome.tokens > 0 && outcome.confidence.value > 0.8);
		const prompt = ports.tokens.tokenizer.decode(decoder.requests[0]?.prompt ?? [], true);
		ok(prompt.includes("const a = ") && prompt.includes("const b = 2;"));
		ok((decoder.requests[0]?.stop.length ?? 0) >= 4);
		equal(decoder.requests[0]?.sequence, "file:src/a.ts");
	});

	it("ends decoding when the line is full", async () => {
		const { decoder, complete } = scene(`1;\n${program(100)}`);
		let tokens = 0;
		decoder.beforeToken = () => tokens++;
		await complete("const a = ▮\n");
		ok(tokens < 8, `${tokens} tokens`);
		equal(decoder.running, 0);
	});

	const silent: [reason: string, document: string, more: Partial<Situation>, settings?: object][] = [
		["switchedOff", "a▮", {}, { enabled: false }],
		["languageOff", "a▮", {}, { languagesOff: ["typescript"] }],
		["inComment", "// why ▮", {}, { inComments: false }],
		["inComment", "/* one\n two ▮", {}, { inComments: false }],
		["midWord", "con▮st", {}],
		["noSuchPlace", "abc▮", { offset: 99 }],
		["noSuchPlace", "abc▮", { offset: -1 }],
		["noSuchPlace", "abc▮", { offset: Number.NaN }],
		["nothingToGoOn", "▮", {}],
		["nothingToGoOn", " \n▮\n", {}],
		["selectionNotExtendable", "a.le▮", { selected: { text: "size", from: 2 } }],
		["selectionNotExtendable", "a.le▮", { selected: { text: "length", from: 99 } }],
	];
	for (const [reason, document, more, settings] of silent)
		it(`is silent: ${reason}, without asking the model (${JSON.stringify(document)})`, async () => {
			const { decoder, complete } = scene("x");
			equal(textOf(await complete(document, more, settings)), `(${reason})`);
			equal(decoder.requests.length, 0);
		});

	it("is silent: nothingToGoOn, at a file's beginning, where the model reads what is before alone", async () => {
		const { decoder, complete } = scene("x", 1024, false);
		equal(textOf(await complete("▮\nconst a = 1;\n")), "(nothingToGoOn)");
		equal(decoder.requests.length, 0);
	});

	it("is silent: contextTooSmall", async () => equal(textOf(await scene("x", 8).complete("a▮")), "(contextTooSmall)"));
	it("is silent: nothingToAdd", async () => equal(textOf(await scene("").complete("a = ▮")), "(nothingToAdd)"));
	it("is silent: repeatsFollowing", async () =>
		equal(textOf(await scene("const b = 2;").complete("const a = 1;\n▮\nconst b = 2;\n")), "(repeatsFollowing)"));

	it("is silent: lowConfidence, unless asked by hand", async () => {
		const { decoder, complete } = scene("1;");
		decoder.logProbability = -3;
		equal(textOf(await complete("const a = ▮")), "(lowConfidence)");
		equal(textOf(await complete("const a = ▮", { trigger: "invoked" })), "1;");
		equal(textOf(await complete("const b = ▮", {}, { threshold: 0 })), "1;");
	});

	it("gives up what it will not show after a few tokens", async () => {
		const { decoder, complete } = scene("compute(one, two, three, four, five, six, seven, eight);");
		let tokens = 0;
		decoder.beforeToken = () => tokens++;
		decoder.logProbability = -3;
		equal(textOf(await complete("const a = ▮")), "(lowConfidence)");
		equal(tokens, 1, "the first token alone decides");
		decoder.logProbability = -2.2;
		equal(textOf(await complete("const a = ▮")), "(lowConfidence)");
		ok(tokens <= 1 + 4, `${tokens} tokens`);
		const circling = scene("ab ".repeat(100));
		circling.decoder.beforeToken = () => tokens++;
		tokens = 0;
		equal(textOf(await circling.complete("const a = ▮")), "(repetition)");
		ok(tokens < 30, `${tokens} tokens`);
	});

	it("is silent: tooLate; whole lines that were ready are shown", async () => {
		const late = scene("one + two + three");
		late.decoder.beforeToken = () => {
			late.time += 0.6;
		};
		equal(textOf(await late.complete("const a = ▮")), "(tooLate)");
		const reading = scene("1;");
		reading.decoder.says = () => {
			reading.time = 2;
			return "1;";
		};
		equal(textOf(await reading.complete("const a = ▮")), "(tooLate)");
		const lines = scene("const b = 1;\n\tconst c = 2;\n\tconst d = 3;\n");
		let left = starterTokenizer().encode("const b = 1;\n\tconst", true).length;
		lines.decoder.beforeToken = () => {
			if (left-- === 0) lines.time = 2;
		};
		equal(textOf(await lines.complete("function f() {\n\t▮\n}\n")), "const b = 1;");
	});

	it("ends several lines with the one it has come to when that took long enough, unless asked by hand", async () => {
		const says = "const b = 1;\n\tconst c = 2;\n\tconst d = 3;\n}";
		const slow = () => {
			const made = scene(says);
			made.decoder.beforeToken = () => {
				made.time += 0.009;
			};
			return made;
		};
		const document = "function f() {\n\t▮\n}\n";
		equal(textOf(await slow().complete(document, {}, { enough: 0.02 })), "const b = 1;");
		equal(textOf(await slow().complete(document, {}, { enough: 9 })), "const b = 1;\n\tconst c = 2;\n\tconst d = 3;");
		const invoked = await slow().complete(document, { trigger: "invoked" }, { enough: 0.02 });
		equal(textOf(invoked), "const b = 1;\n\tconst c = 2;\n\tconst d = 3;");
	});

	it("extends the item that the editor's list shows", async () => {
		const { decoder, ports, complete } = scene("(1, 2);");
		equal(textOf(await complete("a.re▮", { selected: { text: "reduce", from: 2 } })), "duce(1, 2);");
		ok(ports.tokens.tokenizer.decode(decoder.requests[0]?.prompt ?? [], true).endsWith("a.reduce"));
	});

	it("keeps the document's line breaks", async () => {
		const { complete } = scene("a();\n\tb();\n}");
		equal(textOf(await complete("function f() {\r\n\t▮\r\n}\r\n")), "a();\r\n\tb();");
	});

	it("gives several, none twice, only when asked by hand", async () => {
		let asked = 0;
		const { complete, decoder } = scene(() => ["1;", "2;", "1;", "3;"][asked++] ?? "");
		const by = async (trigger: "typing" | "invoked") => {
			const outcome = await complete("const a = ▮", { trigger }, { alternatives: 4 });
			return outcome.kind === "completion" ? [outcome.text, ...outcome.alternatives.map(({ text }) => text)] : [];
		};
		deepEqual(await by("typing"), ["1;"]);
		asked = 0;
		deepEqual(await by("invoked"), ["1;", "2;", "3;"]);
		asked = -1;
		deepEqual(await by("invoked"), ["1;", "2;"], "the first one was silent");
		const seeds = decoder.requests.slice(1, 5).map(({ sampling }) => sampling.seed);
		deepEqual(seeds, [0, 1, 2, 3]);
	});

	it("does without an infilling format, and says so", async () => {
		const { decoder, ports, complete } = scene("1;", 1024, false);
		const outcome = await complete("const a = ▮\nbehind\n");
		ok(outcome.kind === "completion" && outcome.mode === "prefixOnly" && outcome.because === "noInfillFormat");
		ok(!ports.tokens.tokenizer.decode(decoder.requests[0]?.prompt ?? [], true).includes("behind"));
	});

	it("never asks for more than the context, whatever the document", async () => {
		const long = `${"word ".repeat(20_000)}▮${"word ".repeat(20_000)}`;
		for (const document of [long, `${program(3000)}▮${program(3000)}`, `\ud83d▮\ude00 <|fim_middle|>`]) {
			const { decoder, complete } = scene("x", 512);
			await complete(document);
			const [request] = decoder.requests;
			ok(request !== undefined && request.prompt.length + request.maxTokens <= 512);
		}
	});

	it("drafts from the file and its neighbours, with the same arrays from key to key", async () => {
		const { decoder, complete } = scene("1;");
		const files = [{ path: "src/b.ts", text: program(30), open: true }];
		const text = program(60);
		await complete(`${text}const a = ▮\n${text}`, { files }, { threshold: 0 });
		await complete(`${text}const ab = ▮\n${text}`, { files }, { threshold: 0 });
		const [first, second] = decoder.requests.map(({ drafts }) => drafts ?? []);
		ok((first?.length ?? 0) > 6);
		ok(first?.every((ids, i) => ids === second?.[i]));
	});

	it("drafts from closed files that are known, after open ones, and shows none that is not imported", async () => {
		const { decoder, ports, complete } = scene("1;");
		const files = [
			{ path: "src/closed.ts", text: "closed(first, second);\n", open: false },
			{ path: "src/open.ts", text: "opened(third, fourth);\n", open: true },
		];
		await complete("const a = ▮\n", { files }, { threshold: 0 });
		const [request] = decoder.requests;
		const { tokenizer } = ports.tokens;
		const drafts = request?.drafts?.map((ids) => tokenizer.decode(ids, true));
		deepEqual(drafts, ["opened(third, fourth);\n", "closed(first, second);\n"]);
		ok(!tokenizer.decode(request?.prompt ?? [], true).includes("closed("));
	});

	it("lets a failure of the model through, and is cancelled silently", async () => {
		const { ports, decoder } = scene("1;");
		const cancel = new CancelSource();
		decoder.beforeToken = () => cancel.cancel();
		const at = situation("const a = ▮");
		deepEqual(await completeAt(at, defaultSettings, ports, 0, cancel), { kind: "silence", reason: "cancelled" });
		decoder.beforeToken = () => {
			throw new AttuneError("device", "lost", { remedy: "Restart." });
		};
		await rejects(completeAt(at, defaultSettings, ports, 0, neverCancelled), { code: "device" });
	});
});
