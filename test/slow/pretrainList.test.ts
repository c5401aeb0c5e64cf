import { deepEqual, equal } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

describe("slow/pretrainList", () => {
	it("names each file that the product's policy keeps, and why it leaves out the others", function () {
		this.timeout(30_000);
		const folder = mkdtempSync(join(realpathSync(tmpdir()), "attune-list-test-"));
		try {
			const code = "export const answer = 42;\n";
			const files = { "a.ts": code, "copy.ts": code, "b.min.js": code, "vendor/c.ts": code, id_rsa: "x", "d.ts": "\n" };
			for (const [path, text] of Object.entries(files)) {
				mkdirSync(join(folder, path, ".."), { recursive: true });
				writeFileSync(join(folder, path), text);
			}
			const { stdout, stderr } = spawnSync(process.execPath, ["tools/pretrain/list.mjs", folder], { encoding: "utf8" });
			equal(stderr, "");
			const lines = stdout
				.trimEnd()
				.split("\n")
				.map((line) => JSON.parse(line));
			deepEqual(lines, [
				{ folder, path: "a.ts" },
				{ folder, path: "b.min.js", skipped: "minified" },
				{ folder, path: "copy.ts" },
				{ folder, path: "d.ts", skipped: "empty" },
				{ folder, path: "id_rsa", skipped: "secretName" },
				{ folder, path: "vendor/", skipped: "vendored" },
			]);
		} finally {
			rmSync(folder, { recursive: true });
		}
	});
});
