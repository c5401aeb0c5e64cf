import { deepEqual, equal, match } from "node:assert/strict";
import type { SkippedFile, SkipReason } from "#adapt/source";
import { listSkipped, skipRemedy, withRemedies } from "#engine/skipRemedy";

/** Complete by its type: a reason without a row does not compile. */
const helps: Readonly<Record<SkipReason, RegExp>> = {
	ignored: /line `!<path>` in \.attuneignore/,
	excludedFolder: /line `!<path>\/` in \.attuneignore/,
	binary: /plain text/,
	tooLarge: /^Split the file/,
	empty: /^Write something/,
	invalidText: /UTF-8, or as UTF-16 with a byte order mark/,
	generated: /Name the file itself/,
	minified: /Name the file itself/,
	vendored: /Name the file itself/,
	lockFile: /Name the file itself/,
	secretName: /^Rename the file/,
	secretContent: /^Take the secret out/,
	nearDuplicate: /by itself/,
	unreadable: /right to read it/,
	changed: /^Start again/,
	symlink: /what the link leads to/,
	special: /plain file or a folder/,
};

const skipped = Object.keys(helps).map(
	(reason): SkippedFile => ({ path: `of/${reason}`, reason: reason as SkipReason }),
);

describe("engine/skipRemedy", () => {
	for (const [i, file] of skipped.entries()) {
		it(`helps against ${file.reason}, alone and in a list`, () => {
			match(skipRemedy([file]), helps[file.reason]);
			deepEqual(withRemedies(skipped)[i], { ...file, remedy: skipRemedy([file]) });
		});
	}

	it("says of files in general what helps where reasons differ", () => {
		match(skipRemedy(skipped), /neither ignored nor secret/);
		equal(skipRemedy([]), skipRemedy(skipped));
	});

	it("lists every file, and each reason's remedy once", () => {
		const binary = skipRemedy([{ path: "", reason: "binary" }]);
		deepEqual(
			listSkipped([
				{ path: "a.png", reason: "binary", detail: "holds NUL bytes" },
				{ path: "b.png", reason: "binary" },
			]),
			["skipped   a.png: binary: holds NUL bytes", "skipped   b.png: binary", `remedy    binary: ${binary}`],
		);
	});
});
