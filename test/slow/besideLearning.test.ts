/** What `attune bench complete --adapting` does beside its suggestions, with a model that only this machine's data folder knows. */
import { equal, ok } from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { besideLearning } from "#cli/commands/besideLearning";
import { writeTinyModel } from "#test/support/tinyModel";

describe("cli/besideLearning", () => {
	const home = mkdtempSync(join(tmpdir(), "attune-beside-"));
	const given = process.env["ATTUNE_HOME"];
	after(() => {
		if (given === undefined) delete process.env["ATTUNE_HOME"];
		else process.env["ATTUNE_HOME"] = given;
		rmSync(home, { recursive: true, force: true });
	});

	it("learns with a model that is named", async () => {
		process.env["ATTUNE_HOME"] = home;
		mkdirSync(join(home, "models"));
		writeTinyModel(join(home, "models/tiny"));
		const { result, cpuSeconds } = await besideLearning("tiny", async () => "done");
		equal(result, "done");
		ok(cpuSeconds >= 0);
	});
});
