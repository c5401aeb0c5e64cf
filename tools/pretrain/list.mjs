/**
 * `node tools/pretrain/list.mjs FOLDER...`: what the product's own policy says about each file below the folders, one JSON line per
 * file: {folder, path} for a file it keeps, {folder, path, skipped: reason} for one it leaves out. Near-copies are kept.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const out = mkdtempSync(join(tmpdir(), "attune-list-"));
try {
	const outfile = join(out, "feed.mjs");
	await build({
		absWorkingDir: root,
		entryPoints: ["src/engine/feed.ts"],
		bundle: true,
		platform: "node",
		format: "esm",
		target: "node20",
		outfile,
		logLevel: "warning",
	});
	const { feed } = await import(pathToFileURL(outfile).href);
	for (const folder of process.argv.slice(2)) {
		for await (const item of feed([folder], { nearDuplicates: false })) {
			const line =
				item.kind === "file"
					? { folder, path: item.file.path }
					: { folder, path: item.skipped.path, skipped: item.skipped.reason };
			process.stdout.write(`${JSON.stringify(line)}\n`);
		}
	}
} finally {
	rmSync(out, { recursive: true });
}
