import { deepEqual, equal } from "node:assert/strict";
import { fork } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { seededRandom } from "#base/random";
import { feed } from "#engine/feed";

const folders = 1000;
const filesPerFolder = 100;
const limitMiB = 400;

interface Report {
	readonly used: number;
	readonly skipped: number;
	readonly peakMiB: number;
	readonly seconds: number;
}

/** Distinct text of about 1.5 kB, as long and as varied as ordinary source. */
function source(seed: number): string {
	const random = seededRandom(seed);
	const next = (): string => `v${random.below(1 << 20).toString(36)}`;
	return Array.from(
		{ length: 24 },
		() => `export const ${next()} = (${next()}, ${next()}) => ${next()} + 1; // ${next()}\n`,
	).join("");
}

function writeFiles(root: string): void {
	for (let i = 0; i < folders; i++) {
		const folder = join(root, `pack${i % 20}`, `module${i}`, "src");
		mkdirSync(folder, { recursive: true });
		if (i % 4 === 0) writeFileSync(join(folder, ".gitignore"), "*.log\n/made\n!keep.log\n");
		for (let j = 0; j < filesPerFolder; j++) writeFileSync(join(folder, `file${j}.ts`), source(i * filesPerFolder + j));
	}
}

/** Of this process alone: what `maxRSS` says of a forked one may be its parent's. */
function peakMiB(): number {
	if (process.platform !== "linux") return process.resourceUsage().maxRSS / 1024;
	return Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]) / 1024;
}

async function child(root: string): Promise<Report> {
	const start = performance.now();
	let used = 0;
	let skipped = 0;
	for await (const item of feed([root])) {
		if (item.kind === "file") used++;
		else skipped++;
	}
	return { used, skipped, peakMiB: peakMiB(), seconds: (performance.now() - start) / 1000 };
}

const childRoot = process.env["ATTUNE_TEST_FEED_ROOT"];
if (childRoot !== undefined && process.send) {
	process.send(await child(childRoot));
	process.disconnect();
} else {
	describe("engine/feed in little memory", function () {
		this.timeout(600_000);

		it(`streams 100,000 files within ${limitMiB} MiB`, async () => {
			const root = mkdtempSync(join(tmpdir(), "attune-many-"));
			try {
				writeFiles(root);
				const report = await new Promise<Report>((resolve, reject) => {
					const env = { ...process.env, ATTUNE_TEST_FEED_ROOT: root };
					const forked = fork(fileURLToPath(import.meta.url), [], { env, execArgv: [] });
					forked.once("message", (message) => resolve(message as Report));
					forked.once("error", reject);
					forked.once("exit", (code) => reject(new Error(`the child ended with ${code} and no report`)));
				});
				// The ignore files are all alike: one is used, the others are its copies.
				deepEqual([report.used, report.skipped], [folders * filesPerFolder + 1, folders / 4 - 1]);
				equal(report.peakMiB < limitMiB, true, `${report.peakMiB.toFixed(0)} MiB`);
				equal(report.peakMiB > 30, true, "the peak was not measured");
				process.stderr.write(`      ${report.peakMiB.toFixed(0)} MiB at most, ${report.seconds.toFixed(1)} s\n`);
			} finally {
				rmSync(root, { recursive: true, force: true });
			}
		});
	});
}
