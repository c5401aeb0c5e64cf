import { deepEqual, equal, ok } from "node:assert/strict";
import { seededRandom } from "#base/random";
import { placesIn } from "#engine/infilling/confidence";

const file = (path: string, text: string) => ({ path, text, bytes: text.length, modifiedMs: 0, language: "python" });

describe("engine/infilling/confidence", () => {
	const text = "import os\n\n\ndef main():\n    path = os.getcwd()   \n    return path\n}\n";

	it("puts cursors into lines worth completing, and takes out what stands behind them", () => {
		const cursors = placesIn([file("a.py", text)], 60, seededRandom(1));
		equal(cursors.length, 60);
		for (const { situation, rest } of cursors) {
			const after = situation.text.slice(situation.offset);
			const whole = situation.text.slice(0, situation.offset) + rest + after;
			equal(whole.replace(/[ \t]+$/gm, ""), text.replace(/[ \t]+$/gm, ""));
			ok(rest.trim() !== "" && !rest.includes("\n") && (after === "" || after.startsWith("\n")));
		}
		ok(new Set(cursors.map(({ rest }) => rest)).size > 8);
	});

	it("shares them out among the files, the same each time, and finds none in a file without lines", () => {
		const files = [file("a.py", text), file("b.py", text), file("c.py", "\n}\n")];
		const [one, two] = [placesIn(files, 9, seededRandom(2)), placesIn(files, 9, seededRandom(2))];
		deepEqual(one, two);
		deepEqual(
			one.map(({ situation }) => situation.path),
			["a.py", "a.py", "a.py", "b.py", "b.py", "b.py"],
		);
	});
});
