/** `npm run package`: what is in the file, what is not, and that it is small enough. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { inTemporaryFolder } from "#test/runtime/temporary";

const pack = (out: string, ...words: string[]) =>
	spawnSync(process.execPath, ["tools/package.mjs", "--built", "--out", out, ...words], { encoding: "utf8" });

describe("package", () => {
	for (const [target, place] of [
		["linux-x64", "linux/x64"],
		["win32-arm64", "win32/arm64"],
	] as const)
		it(`for ${target} has that platform's library alone, the starter, and what the gallery shows`, () =>
			inTemporaryFolder((folder) => {
				const out = join(folder, "attune.vsix");
				const { status, stdout, stderr } = pack(out, "--target", target);
				equal(status, 0, stderr);
				match(stdout, /attune.vsix: \d+\.\d MB/);
				const files = namesInZip(readFileSync(out));
				const binaries = "node_modules/onnxruntime-node/bin/napi-v6";
				const libraries = files.filter((name) => /\.(node|dll|dylib|exe)$|\.so(\.|$)/.test(name));
				deepEqual(
					libraries.sort(),
					readdirSync(`${binaries}/${place}`)
						.map((name) => `extension/${binaries}/${place}/${name}`)
						.sort(),
				);
				ok(libraries.some((name) => name.endsWith("/onnxruntime_binding.node")));
				ok(libraries.some((name) => /onnxruntime\.(dll|so)/.test(name)));
				const shards = readdirSync("media/starter").filter((name) => name.endsWith(".safetensors"));
				ok(shards.length > 0 && shards.every((name) => files.includes(`extension/media/starter/${name}`)));
				for (const name of ["package.json", "package.nls.json", "readme.md", "changelog.md", "LICENSE.txt"])
					ok(
						files.some((file) => file.toLowerCase() === `extension/${name}`.toLowerCase()),
						name,
					);
				for (const name of ["media/icon.png", "l10n/bundle.l10n.json", "dist/extension.cjs", "dist/panel/chat.page.js"])
					ok(files.includes(`extension/${name}`), name);
				for (const name of ["serve", "learn", "store", "probe"]) ok(files.includes(`extension/dist/${name}.js`), name);
				const wrong = files.filter((name) => /\.(map|ts|py)$|\/(src|test|tools|out)\//.test(name));
				deepEqual(
					wrong.filter((name) => !/\/media\/guard\//.test(name)),
					[],
				);
				ok(statSync(out).size <= (target.startsWith("win32") ? 95e6 : 90e6));
			}));

	it("fails with the figure where the file is larger than it may be", () =>
		inTemporaryFolder((folder) => {
			const { status, stderr } = pack(join(folder, "attune.vsix"), "--target", "linux-x64", "--budget", "1");
			equal(status, 1);
			match(stderr, /attune.vsix is \d+\.\d MB: 1\.0 MB are allowed\./);
		}));

	it("names the platforms that there are", () => {
		const { status, stderr } = pack("attune.vsix", "--target", "darwin-x64");
		equal(status, 1);
		match(stderr, /no library for darwin-x64: use linux-x64, linux-arm64, win32-x64, win32-arm64, darwin-arm64/);
	});
});

/** From the directory at a ZIP file's end (PKWARE's APPNOTE, 4.3.12 and 4.3.16). */
function namesInZip(zip: Buffer): string[] {
	const end = zip.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
	const count = zip.readUInt16LE(end + 10);
	let at = zip.readUInt32LE(end + 16);
	return Array.from({ length: count }, () => {
		const [name, extra, comment] = [28, 30, 32].map((offset) => zip.readUInt16LE(at + offset)) as [
			number,
			number,
			number,
		];
		const text = zip.toString("utf8", at + 46, at + 46 + name);
		at += 46 + name + extra + comment;
		return text;
	});
}
