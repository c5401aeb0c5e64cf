/**
 * Mocha's usual report for people, with what passed only when it was tried again; and as JSON, in the file named by
 * `--reporter-option counts=FILE`, the counts with a remark on each test that failed or was tried again, and the counts of each
 * file that holds a failure.
 */
import { writeFileSync } from "node:fs";
import Mocha from "mocha";

/** Characters: all reasons have to fit where a run's end is looked at. */
const mostOfReason = 400;

class CountingReporter extends Mocha.reporters.Spec {
	constructor(runner, options) {
		super(runner, options);
		const file = options.reporterOptions?.counts ?? options.reporterOption?.counts;
		const remarks = [];
		const remark = (what, test, error) => {
			const reason = String(error?.message ?? error).replaceAll(/\s*\n\s*/g, " / ");
			remarks.push(`${what}: ${test.fullTitle()}: ${reason.slice(0, mostOfReason)}`);
		};
		runner.on("retry", (test, error) => {
			remark("tried again", test, error);
			console.log(`    ${remarks.at(-1)}`);
		});
		runner.on("fail", (test, error) => remark("failed", test, error));
		const files = {};
		for (const [event, key] of [
			["pass", "passed"],
			["fail", "failed"],
			["pending", "skipped"],
		]) {
			runner.on(event, ({ file }) => {
				files[file] ??= { file, passed: 0, failed: 0, skipped: 0 };
				files[file][key]++;
			});
		}
		runner.once("end", () => {
			const { passes, failures, pending } = runner.stats;
			const broken = Object.values(files).filter(({ failed }) => failed > 0);
			writeFileSync(file, JSON.stringify({ passed: passes, failed: failures, skipped: pending, remarks, broken }));
		});
	}
}

// biome-ignore lint/style/noDefaultExport: mocha asks for it
export default CountingReporter;
