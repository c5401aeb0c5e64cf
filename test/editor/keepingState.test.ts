import { equal } from "node:assert/strict";
import { type Circumstances, pauseOf } from "#editor/keeping/state";

describe("editor/keeping", () => {
	const good: Circumstances = {
		...{ enabled: true, trusted: true, folders: 1, agreed: true, adapting: false, tooLarge: false, typing: false },
	};

	it("names the first reason that speaks against learning, and none where nothing does", () => {
		equal(pauseOf(good), undefined);
		equal(pauseOf({ ...good, enabled: false, trusted: false }), "off");
		equal(pauseOf({ ...good, trusted: false, typing: true }), "restricted");
		equal(pauseOf({ ...good, folders: 0 }), "noFolder");
		equal(pauseOf({ ...good, agreed: false }), "notAgreed");
		equal(pauseOf({ ...good, adapting: true, typing: true }), "adapting");
		equal(pauseOf({ ...good, tooLarge: true, typing: true }), "tooLarge");
		equal(pauseOf({ ...good, typing: true }), "typing");
	});
});
