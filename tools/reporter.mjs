/** Mocha's usual report for people, and the counts as JSON in the file named by `--reporter-option counts=FILE`. */
import { writeFileSync } from "node:fs";
import Mocha from "mocha";

class CountingReporter extends Mocha.reporters.Spec {
	constructor(runner, options) {
		super(runner, options);
		const file = options.reporterOptions?.counts ?? options.reporterOption?.counts;
		runner.once("end", () => {
			const { passes, failures, pending } = runner.stats;
			writeFileSync(file, JSON.stringify({ passed: passes, failed: failures, skipped: pending }));
		});
	}
}

// biome-ignore lint/style/noDefaultExport: mocha asks for it
export default CountingReporter;
