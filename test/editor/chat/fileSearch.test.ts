import { deepEqual, equal, ok } from "node:assert/strict";
import { bestFirst, isLeftOut, unsearched } from "#editor/chat/fileSearch";

const none = { gitignore: "", attuneignore: "" };
const ranked = (name: string, paths: readonly string[], open: readonly string[] = []) =>
	bestFirst(
		paths.map((path) => ({ path, open: open.includes(path) })),
		name,
	).map(({ path }) => path);
/** The parts of the glob. */
const parts = (glob: string) => glob.slice(1, -1).split(",");

describe("editor/chat/fileSearch", () => {
	it("puts the file of that name first, then those that begin so, then the shortest path", () => {
		deepEqual(ranked("cart.ts", ["a/my-cart.ts", "cart.tsx", "src/deep/cart.ts", "lib/Cart.ts", "b/other.ts"]), [
			...["lib/Cart.ts", "src/deep/cart.ts", "cart.tsx", "a/my-cart.ts"],
		]);
		deepEqual(ranked("src/cart", ["src/cart/index.ts", "x/src/cart.ts", "a-src/cart.ts", "src/cart.ts"]), [
			...["src/cart.ts", "x/src/cart.ts", "a-src/cart.ts", "src/cart/index.ts"],
		]);
	});

	it("prefers what is open among files that are as good, and keeps their order otherwise", () => {
		deepEqual(ranked("index.ts", ["index.ts", "a/index.ts", "b/index.ts"], ["b/index.ts"]), [
			...["b/index.ts", "index.ts", "a/index.ts"],
		]);
		deepEqual(ranked("", ["z/open.ts", "a.ts"]), ["z/open.ts", "a.ts"]);
	});

	it("leaves out what tools put there, however it is written, not a file of such a name", () => {
		for (const path of ["node_modules/a/index.ts", "app/.venv/b.py", "Pods/c.m", "dist/d.js"])
			ok(isLeftOut(path), path);
		for (const path of ["src/index.ts", "src/dist", "distance/a.ts"]) equal(isLeftOut(path), false, path);
		ok(parts(unsearched({}, none)).includes("**/[dD][iI][sS][tT]/**"));
	});

	it("searches a folder that .attuneignore takes back", () => {
		const before = parts(unsearched({}, none));
		const after = parts(unsearched({}, { gitignore: "", attuneignore: "# ours\n!vendor/\n!target/" }));
		deepEqual(
			before.filter((part) => !after.includes(part)),
			["**/[vV][eE][nN][dD][oO][rR]/**"],
		);
	});

	it("leaves out what the settings say, and what the ignore file names plainly", () => {
		const before = parts(unsearched({}, none)).length;
		const more = (excluded: Record<string, unknown>, gitignore = "") =>
			parts(unsearched(excluded, { gitignore, attuneignore: "" })).slice(before);
		deepEqual(more({ "**/*.{min,bundle}.{js,css}": true, "**/off": false, "**/*.js": { when: "$(basename).ts" } }), [
			...["**/*.min.js", "**/*.bundle.js", "**/*.min.css", "**/*.bundle.css"],
		]);
		deepEqual(more({}, "# built\r\ntarget/\r\n/out\r\na/b\r\n*.log\r\nkept\r\n!kept\r\n"), [
			...["**/target", "**/target/**", "out", "out/**", "a/b", "a/b/**"],
		]);
	});
});
