import { deepEqual, equal } from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { asAsked, whereNow } from "#editor/chat/asked";
import { ChatSessions, type Talker } from "#editor/chat/sessions";
import { ChatStore } from "#editor/chat/store";
import type { Attached } from "#protocol/chatPage";

const text = "one\ntwo\nthree\nfour\nfive\n";
const part: Attached = { kind: "selection", file: "/a.ts", name: "a.ts:2-3", lines: [2, 3] };

describe("editor/chat/asked", () => {
	const asked = asAsked(part, text);

	it("finds the lines where they were, whatever ends a line and whatever changed elsewhere", () => {
		deepEqual(whereNow(asked, text), { from: 1, to: 3 });
		deepEqual(whereNow(asked, text.replaceAll("\n", "\r\n")), { from: 1, to: 3 });
		deepEqual(whereNow(asked, "ONE\ntwo\nthree"), { from: 1, to: 3 });
		deepEqual(whereNow(asAsked({ ...part, lines: [1, 1] }, `\uFEFF${text}`), text), { from: 0, to: 1 });
		deepEqual(whereNow(asked, `${text}two\nthree\n`), { from: 1, to: 3 }, "a second one made them doubtful");
	});

	it("follows them to the only other place that has them", () => {
		deepEqual(whereNow(asked, `zero\n${text}`), { from: 2, to: 4 });
		equal(whereNow(asked, `zero\n${text}two\nthree\n`), undefined, "it chose between two");
	});

	it("knows no place for lines that changed or went, nor for what older versions kept", () => {
		equal(whereNow(asked, text.replace("three", "THREE")), undefined);
		equal(whereNow(asked, "two"), undefined);
		equal(whereNow(asked, ""), undefined);
		equal(whereNow(part, text), undefined);
		equal(whereNow(asAsked(part, undefined), text), undefined);
		equal(whereNow(asAsked(asked, undefined), text), undefined);
		equal(whereNow(asAsked({ ...part, lines: [5, 9] }, text), text), undefined, "it went on beyond the end");
	});

	it("gives nothing but lines that are the same", () =>
		fc.assert(
			fc.property(
				...[
					fc.array(fc.constantFrom("a", "b", "cc", ""), { minLength: 3 }),
					fc.array(fc.constantFrom("a", "b", "cc", "")),
				],
				(then, now) => {
					const where = whereNow(asAsked(part, then.join("\n")), now.join("\n"));
					if (where !== undefined) deepEqual(now.slice(where.from, where.to), then.slice(1, 3));
				},
			),
			{ seed: 5 },
		));
});

describe("editor/chat/sessions: what was asked about", () => {
	const folder = mkdtempSync(join(tmpdir(), "attune-asked-"));
	const chats = join(folder, "chats");
	const file = join(folder, "a.ts");
	let unsaved: string | undefined;
	const talker: Talker = {
		ask: async () => ({ reason: "finished" }) as never,
		explain: async () => ({ reason: "finished", text: "", context: [] }) as never,
		textOf: () => unsaved,
	};
	const ports = { talker, store: new ChatStore(chats), onChange() {}, onUnsaved() {} };
	const draft = { question: "why?", attached: [{ ...part, file }], useProject: false };
	after(() => rmSync(folder, { recursive: true, force: true }));

	it("is kept with the conversation, as the model is shown it, and anew when it is asked again", async () => {
		writeFileSync(file, text);
		const sessions = new ChatSessions(ports);
		const where = async (now: string) => {
			const attached = (await sessions.list())[0]?.turns[0]?.attached[0];
			return attached && whereNow(attached, now);
		};
		await sessions.ask(draft);
		deepEqual(await where(`\n${text}`), { from: 2, to: 4 });
		unsaved = text.replace("two", "2");
		await sessions.regenerate(sessions.current.turns[0]?.id ?? "");
		deepEqual(await where(unsaved), { from: 1, to: 3 });
		equal(await where(text), undefined);
		rmSync(file);
		unsaved = undefined;
		await sessions.explain(draft, { kind: "lines", from: 2, to: 3 });
		equal(sessions.current.turns[1]?.attached[0]?.asked, undefined);
	});

	it("is not needed to read what older versions kept", async () => {
		const [name = ""] = readdirSync(chats);
		const old = JSON.parse(readFileSync(join(chats, name), "utf8"));
		for (const turn of old.turns) for (const one of turn.attached) delete one.asked;
		writeFileSync(join(chats, name), JSON.stringify(old));
		const [found] = await new ChatStore(chats).all();
		deepEqual(found?.turns[0]?.attached, draft.attached);
	});
});
