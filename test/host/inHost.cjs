/**
 * Loaded by VS Code inside its extension host: runs mocha there. ATTUNE_HOST_RUN is JSON `{ mocha, files, timeout, output, counts }`. Where no
 * file `counts` is left the host died on the way, whatever its exit code says.
 */
const { appendFileSync } = require("node:fs");
const { format } = require("node:util");

exports.run = async () => {
	const { mocha: module, files, timeout, output, counts } = JSON.parse(process.env.ATTUNE_HOST_RUN);
	const write = (...parts) => appendFileSync(output, `${format(...parts)}\n`);
	// The host forwards its console and ignores plain assignment; VS Code's own lines would be between the tests'.
	for (const name of ["log", "info", "warn", "error", "debug"])
		Object.defineProperty(console, name, { value: write, writable: true, configurable: true });
	const Mocha = require(module);
	const { default: reporter } = await import("../../tools/reporter.mjs");
	const options = { ui: "bdd", reporter, reporterOptions: { counts }, color: false };
	// As in tools/rings.mjs: what fails because the machine was held up passes another time.
	const mocha = new Mocha({ ...options, timeout, forbidOnly: true, retries: 1 });
	for (const file of files) mocha.addFile(file);
	await mocha.loadFilesAsync();
	await new Promise((resolve, reject) => {
		mocha.run((failures) => {
			if (failures > 0) reject(new Error(`${failures} tests failed`));
			else resolve();
		});
	});
};
