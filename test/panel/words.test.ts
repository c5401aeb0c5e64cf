import { equal } from "node:assert/strict";
import { t, useWords } from "#panel/words";

describe("panel/words", () => {
	afterEach(() => useWords(undefined));

	it("fills values in, in the page's language where there is a translation", () => {
		equal(t("{0} of {1} files", 3, 9), "3 of 9 files");
		equal(t("{2} stays"), "{2} stays");
		useWords(JSON.stringify({ "{0} of {1} files": "{1} Dateien, davon {0}" }));
		equal(t("{0} of {1} files", 3, 9), "9 Dateien, davon 3");
		equal(t("no translation"), "no translation");
	});
});
