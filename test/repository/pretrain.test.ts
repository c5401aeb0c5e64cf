import { deepEqual, ok } from "node:assert/strict";
import { readFileSync } from "node:fs";

interface Package {
	readonly package: string;
	readonly version: string;
	readonly licence: string;
	readonly split: "train" | "validation" | "test";
	readonly files: number;
	readonly bytes: number;
	readonly archives: Readonly<Record<string, string>>;
}

const permissive = /^(?:MIT|BSD-[23]-Clause|Apache-2\.0|ISC|PSF-2\.0|CC0-1\.0|0BSD|Unlicense)$/;

describe("repository/pretrain: the starter's manifest", () => {
	const manifest: { packages: Package[]; languages: Record<string, Record<string, { bytes: number }>> } = JSON.parse(
		readFileSync("tools/pretrain/manifest.json", "utf8"),
	);
	const { packages } = manifest;
	const namesOf = (split: Package["split"]) => packages.filter((p) => p.split === split).map((p) => p.package);

	it("pins each package: version, permissive licence, the archives' checksums, something taken", () => {
		const wrong = packages.filter(
			({ version, licence, archives, files, bytes }) =>
				!/^\d/.test(version) ||
				!licence.split(/ (?:OR|AND) /).every((one) => permissive.test(one)) ||
				Object.keys(archives).length === 0 ||
				!Object.values(archives).every((sum) => /^[0-9a-f]{64}$/.test(sum)) ||
				files === 0 ||
				bytes === 0,
		);
		deepEqual(wrong, []);
	});

	it("is short, and no package is in it twice", () => {
		ok(packages.length <= 60, `${packages.length} packages`);
		deepEqual([...new Set(packages.map((p) => p.package))].length, packages.length);
	});

	it("keeps at least twelve packages for judging, with enough of the three main languages", () => {
		ok(namesOf("test").length >= 12, namesOf("test").join(", "));
		ok(namesOf("validation").length >= 4, namesOf("validation").join(", "));
		for (const language of ["typescript", "javascript", "python"]) {
			const bytes = manifest.languages["test"]?.[language]?.bytes ?? 0;
			ok(bytes >= 300_000, `${bytes} bytes of ${language}`);
		}
	});

	it("learns from no package whose text is in media/guard", () => {
		const rows = readFileSync("media/guard/SOURCES.md", "utf8").matchAll(/^\| `[^|]*\| ([^|]+?) [\d.]+ \|/gm);
		const guard = new Set([...rows].map((row) => (row[1] ?? "").replace(/ \(\w+\)$/, "")));
		ok(guard.has("immer") && guard.has("trio") && guard.has("toml"), [...guard].join(", "));
		deepEqual(
			[...namesOf("train"), ...namesOf("validation")].filter((name) => guard.has(name)),
			[],
		);
	});
});
