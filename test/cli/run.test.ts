import { deepEqual, equal, match } from "node:assert/strict";
import { AttuneError } from "#base/errors";
import { type Command, Interrupts } from "#cli/command";
import { run } from "#cli/run";

const echo: Command = {
	name: "echo",
	usage: "<word> [--times N] [--kind a|b]",
	summary: "Says a word.",
	options: { times: { type: "string" }, kind: { type: "string" } },
	async run(words, options, terminal) {
		const times = options.number("times", 1) ?? 1;
		const kind = options.choice("kind", ["a", "b"], "a");
		if (words[0] === "half") throw new AttuneError("internal", "no more", { remedy: "Wait.", found: { rows: [1] } });
		if (words[0] === "fail") throw new AttuneError("workspace", "it broke", { file: "x.ts", remedy: "Mend it." });
		terminal.progress("half-way");
		terminal.print(`said ${words[0]}`);
		return { words, times, kind };
	},
};

async function attune(...words: string[]) {
	const text = { out: "", err: "" };
	const stream = (name: "out" | "err") => ({ write: (part: string) => (text[name] += part), isTTY: false });
	const code = await run(words, [echo], { out: stream("out"), err: stream("err") });
	return { code, ...text };
}

describe("cli/run", () => {
	it("prints for people on standard output", async () => {
		const { code, out } = await attune("echo", "hello");
		equal(code, 0);
		equal(out, "said hello\n");
	});

	it("with --json prints one object on standard output and the rest on standard error", async () => {
		const { code, out, err } = await attune("echo", "hello", "--json", "--times", "3");
		equal(code, 0);
		deepEqual(JSON.parse(out), { words: ["hello"], times: 3, kind: "a" });
		match(err, /said hello/);
	});

	it("exits 1 with reason and remedy when the work fails", async () => {
		const { code, out, err } = await attune("echo", "fail", "--json");
		equal(code, 1);
		match(err, /x\.ts: it broke\nMend it\./);
		deepEqual(JSON.parse(out).error, { code: "workspace", reason: "x.ts: it broke", remedy: "Mend it.", file: "x.ts" });
	});

	it("with --json prints what was found beside the error", async () => {
		const { code, out } = await attune("echo", "half", "--json");
		equal(code, 1);
		deepEqual(JSON.parse(out), { rows: [1], error: { code: "internal", reason: "no more", remedy: "Wait." } });
	});

	for (const words of [
		["nonsense"],
		["echo", "x", "--times", "0"],
		["echo", "x", "--times", "two"],
		["echo", "x", "--times", "1.5"],
		["echo", "x", "--kind", "c"],
		["echo", "x", "--unknown"],
	]) {
		it(`exits 2 on "${words.join(" ")}"`, async () => {
			const { code, out, err } = await attune(...words);
			equal(code, 2);
			equal(out, "");
			match(err, /attune: /);
		});
	}

	it("explains itself", async () => {
		match((await attune("--help")).out, /echo {2}Says a word\./);
		match((await attune("echo", "--help")).out, /attune echo <word>/);
		equal((await attune()).code, 2);
	});
});

describe("cli/command, interrupts", () => {
	it("end at once what looks at no cancellation", () => equal(new Interrupts().interrupt(), "now"));

	it("cancel what looks at it, and end it at the second", () => {
		const interrupts = new Interrupts();
		const { cancel } = interrupts;
		deepEqual([cancel.cancelled, interrupts.interrupt(), cancel.cancelled], [false, "stopping", true]);
		equal(interrupts.interrupt(), "now");
	});

	it("tell whoever asked, once, and cancel nothing", async () => {
		const interrupts = new Interrupts();
		const next = interrupts.next();
		deepEqual([interrupts.interrupt(), interrupts.cancel.cancelled], ["told", false]);
		await next;
		equal(interrupts.interrupt(), "stopping");
	});
});
