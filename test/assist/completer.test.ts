import { deepEqual, equal, ok } from "node:assert/strict";
import { confidenceOf, noAcceptance, thresholdFor, withOutcome } from "#assist/confidence";
import { defaultSettings } from "#assist/situation";
import { CancelSource, neverCancelled } from "#base/cancel";
import { scene, situation, textOf } from "./scene.ts";
import { program } from "./starterTokenizer.ts";

describe("assist/completer", () => {
	it("follows the user's typing without asking again, also back", async () => {
		const { decoder, complete } = scene("compute(1, 2);");
		equal(textOf(await complete("const a = ▮\nend\n")), "compute(1, 2);");
		equal(textOf(await complete("const a = c▮\nend\n")), "ompute(1, 2);");
		equal(textOf(await complete("const a = comp▮\nend\n")), "ute(1, 2);");
		equal(textOf(await complete("const a = com▮\nend\n")), "pute(1, 2);");
		equal(decoder.requests.length, 1);
	});

	it("leaves exactly what is not typed yet, wherever the user stops, over several lines", async () => {
		const says = "first(1, [2]);\n\tif (a) {\n\t\tsecond();\n\t}\n\treturn third;\n}\n";
		const shown = says.trimEnd();
		const { decoder, complete } = scene(says);
		equal(textOf(await complete("function f(a) {\n\t▮")), shown);
		for (let typed = 1; typed < shown.length; typed++) {
			const rest = shown.slice(typed);
			equal(textOf(await complete(`function f(a) {\n\t${shown.slice(0, typed)}▮`)), rest);
		}
		equal(decoder.requests.length, 1);
	});

	it("asks anew once one line alone is wanted, where it knows several", async () => {
		const { decoder, completer } = scene("first();\n\tsecond();\n}\n");
		const at = situation("function f(a) {\n\t▮");
		const ask = (oneLine: boolean) => completer.complete(at, { ...defaultSettings, oneLine }, neverCancelled);
		equal(textOf(await ask(false)), "first();\n\tsecond();\n}");
		equal(textOf(await ask(true)), "first();");
		equal(decoder.requests.length, 2);
	});

	it("tells what it answers without the model: what it suggested, and where it is silent anyway", async () => {
		const { completer, complete } = scene("compute(1, 2);");
		const knows = (document: string, more = {}) => completer.knows(situation(document, more), defaultSettings);
		equal(knows("const a = ▮\nend\n"), false);
		await complete("const a = ▮\nend\n");
		deepEqual(
			[knows("const a = ▮\nend\n"), knows("const a = comp▮\nend\n"), knows("const a = x▮\nend\n")],
			[true, true, false],
		);
		ok(knows("con▮st\n"), "the midst of a word");
		const [at, by] = [situation("const a = ▮\nend\n", { trigger: "invoked" }), { ...defaultSettings, alternatives: 3 }];
		equal(completer.knows(at, by), false, "others are wanted beside it");
	});

	it("fits what is left to brackets that the editor closes", async () => {
		const { decoder, complete } = scene("compute(1, 2);");
		await complete("const a = ▮\n");
		const outcome = await complete("const a = compute(▮)\n");
		deepEqual(outcome.kind === "completion" && [outcome.text, outcome.replaces, outcome.source], [
			"1, 2);",
			1,
			"cache",
		]);
		equal(decoder.requests.length, 1);
	});

	it("asks again where the user typed something else, or the text behind changed", async () => {
		const { decoder, complete } = scene("compute(1, 2);");
		await complete("const a = ▮\nend\n");
		await complete("const a = x▮\nend\n");
		await complete("const a = ▮\nother\n");
		await complete("const a = ▮\nend\n", { path: "src/b.ts" });
		await complete("const a = compute(1, 2);▮\nend\n");
		equal(decoder.requests.length, 5);
	});

	it("is quick where it knows the answer: a 500-line file, 100 suggestions known", async () => {
		const { completer, complete, decoder } = scene("compute(1, 2);");
		const text = program(250);
		const entry = { path: "src/a.ts", suffix: `\n${text}`, text: "compute(1, 2);", extent: { kind: "line" } } as const;
		const more = { logProbabilities: [-0.1], mode: "infill" } as const;
		for (let i = 0; i < 104; i++) completer.cache.put({ ...entry, ...more, prefix: `${text}const a${i} = ` });
		equal(completer.cache.size, 100);
		const started = performance.now();
		for (let i = 0; i < 20; i++) await complete(`${text}const a50 = co▮\n${text}`);
		const each = (performance.now() - started) / 20;
		ok(each < 10, `${each} ms`);
		equal(decoder.requests.length, 0);
	});

	it("asks ahead after a suggestion was taken", async () => {
		const { decoder, completer, complete } = scene("1;");
		const at = situation("const a = ▮\n");
		const outcome = await completer.complete(at, defaultSettings, neverCancelled);
		if (outcome.kind !== "completion") throw new Error(outcome.reason);
		decoder.says = () => " // one";
		await completer.prefetch(at, outcome, defaultSettings);
		const asked = decoder.requests.length;
		equal(textOf(await complete("const a = 1;▮\n")), " // one");
		equal(decoder.requests.length, asked);
	});

	it("asks once for a place that is asked for twice, and goes on while one of both waits", async () => {
		const { decoder, completer } = scene("compute(1, 2);");
		const [first, second] = [new CancelSource(), new CancelSource()];
		const at = situation("const a = ▮\n");
		decoder.beforeToken = () => first.cancel();
		const both = [first, second].map((cancel) => completer.complete(at, { ...defaultSettings }, cancel));
		deepEqual((await Promise.all(both)).map(textOf), ["compute(1, 2);", "compute(1, 2);"]);
		equal(decoder.requests.length, 1);
		decoder.beforeToken = () => second.cancel();
		const other = situation("const b = ▮\n");
		const none = await Promise.all([first, second].map((cancel) => completer.complete(other, defaultSettings, cancel)));
		deepEqual(none.map(textOf), ["(cancelled)", "(cancelled)"]);
	});

	it("does not let what the editor asks by itself end what the user asked for by hand", async () => {
		const { decoder, completer } = scene("compute(1, 2);");
		const document = "const a = ▮\nend\n";
		const invoked = completer.complete(situation(document, { trigger: "invoked" }), defaultSettings, neverCancelled);
		const typing = completer.complete(situation(document), defaultSettings, neverCancelled);
		equal(textOf(await invoked), "compute(1, 2);");
		equal(await typing, await invoked);
		equal(decoder.requests.length, 1);
	});

	it("survives a storm: of 1,000 requests at once the last alone is written, one at a time", async () => {
		const { decoder, completer } = scene("compute(1, 2);");
		const outcomes = await Promise.all(
			Array.from({ length: 1000 }, (_, i) =>
				completer.complete(situation(`const a${i} = ▮\n`), defaultSettings, neverCancelled),
			),
		);
		equal(textOf(outcomes[999] as never), "compute(1, 2);");
		ok(outcomes.slice(0, 999).every((outcome) => outcome.kind === "silence" && outcome.reason === "superseded"));
		deepEqual([decoder.requests.length, decoder.most, decoder.running], [1, 1, 0]);
		equal(completer.cache.size, 1);
	});

	it("survives a storm that begins anew at every token", async () => {
		const { decoder, completer } = scene("compute(1, 2);");
		const all: Promise<unknown>[] = [];
		let sent = 0;
		const send = (): void => {
			if (sent >= 300) return;
			const cancel = new CancelSource();
			all.push(completer.complete(situation(`const a${sent++} = ▮\n`), defaultSettings, cancel));
			if (sent % 3 !== 0) return;
			cancel.cancel();
			send();
		};
		decoder.beforeToken = send;
		send();
		for (let i = 0; i < all.length; i++) await all[i];
		equal(sent, 300);
		deepEqual([decoder.most, decoder.running], [1, 0]);
	});

	it("goes on after a failure", async () => {
		const { decoder, complete } = scene("1;");
		decoder.beforeToken = () => {
			throw new Error("lost");
		};
		let failed = 0;
		await complete("const a = ▮").catch(() => failed++);
		equal(failed, 1);
		decoder.beforeToken = () => {};
		equal(textOf(await complete("const b = ▮")), "1;");
	});
});

describe("assist/confidence", () => {
	it("weighs the first token against the mean", () => {
		equal(confidenceOf([]).value, 0);
		ok(confidenceOf([0, 0]).value === 1);
		const doubtfulStart = confidenceOf([-2, -0.1, -0.1]);
		const doubtfulEnd = confidenceOf([-0.1, -0.1, -2]);
		ok(doubtfulStart.value < doubtfulEnd.value);
		equal(doubtfulStart.firstProbability, Math.exp(-2));
	});

	it("asks for more after refusals, for less after acceptances, within bounds", () => {
		const after = (taken: boolean, count: number) => {
			let acceptance = noAcceptance;
			for (let i = 0; i < count; i++) acceptance = withOutcome(acceptance, taken);
			return thresholdFor(acceptance, 0.25);
		};
		equal(after(true, 0), 0.25);
		ok(after(false, 20) > 0.25 && after(true, 20) < 0.25);
		ok(after(false, 5000) <= 0.8 && after(true, 5000) >= 0.02);
	});
});
