import { equal } from "node:assert/strict";
import { longestStretch } from "#test/editor/ownBlock";

describe("editor/ownBlock", () => {
	const node = (id: number, url: string, children: number[] = []) => ({
		...{ id, children, hitCount: 0 },
		callFrame: { functionName: "", scriptId: "", url, lineNumber: 0, columnNumber: 0 },
	});
	/** The root calls the host's code (2), which calls ours (3), which calls the host's again (4). */
	const nodes = [node(1, "", [2]), node(2, "host.js", [3]), node(3, "file:///dist/ours.js", [4]), node(4, "host.js")];
	const longest = (samples: number[], timeDeltas: number[]) =>
		longestStretch({ nodes, startTime: 0, endTime: 0, samples, timeDeltas }, (url) => url.endsWith("dist/ours.js"));

	it("counts what ours calls, too, and not what calls it", () => {
		equal(longest([2, 3, 4, 2, 2], [0, 1000, 1000, 2000, 9000]), 3);
	});

	it("takes the longest of several times, each by itself", () => {
		equal(longest([3, 1, 4, 3, 1, 3], [0, 1500, 1000, 2000, 1500, 1000]), 3.5);
	});

	it("takes a look that came late for a process that had to wait", () => {
		equal(longest([3, 3, 1], [0, 1000, 40_000]), 3);
	});
});
