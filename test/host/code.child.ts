/**
 * The host as a program that takes the words of VS Code's own: `@vscode/test-electron` starts it where its download cannot be reached. Ends with 0
 * when the tests passed.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openForTests } from "#test/host/runInHost";
import { ensureHost } from "#test/host/setup";

const text = { type: "string" } as const;
const { values, positionals } = parseArgs({
	...{ strict: false, allowPositionals: true },
	options: { extensionDevelopmentPath: text, extensionTestsPath: text, "user-data-dir": text },
});
const given = (name: keyof typeof values): string => String(values[name] ?? "");
const [workspace = "."] = positionals;
const settings = JSON.parse(readFileSync(join(given("user-data-dir"), "User", "settings.json"), "utf8"));
const { finished, close } = await openForTests(ensureHost(), {
	...{ workspace, settings, extension: given("extensionDevelopmentPath"), tests: given("extensionTestsPath") },
	limit: 900,
	onLog: () => {},
});
const { code, words } = await finished;
await close();
if (code !== 0) process.stderr.write(`${words}\n`);
process.exit(code);
