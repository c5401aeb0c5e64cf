import { deepEqual, equal } from "node:assert/strict";
import fc from "fast-check";
import { declaredNames, indented, type Placed, placeOf, type Target } from "#editor/chat/place";

const lines = ["class A {", "\tone() {", "\t\treturn 1;", "\t}", "", "\ttwo() {}", "}", "function three() {}", ""];
const target = (more: Partial<Target> = {}): Target => ({
	...{ lines, selection: { from: 4, to: 4 }, asked: undefined },
	symbols: [
		{ name: "A", from: 0, to: 7 },
		{ name: "three", from: 7, to: 8 },
	],
	...more,
});
const brief = ({ from, to, by }: Placed) => [from, to, by];

describe("editor/chat/place", () => {
	it("takes the selection first, then the declaration of that name, then what was asked about, then the cursor", () => {
		const code = "function three() {\n\treturn 3;\n}";
		deepEqual(brief(placeOf(code, target({ selection: { from: 1, to: 4 } }))), [1, 4, "selection"]);
		deepEqual(brief(placeOf(code, target({ asked: { from: 5, to: 6 } }))), [7, 8, "symbol"]);
		deepEqual(brief(placeOf("call();", target({ asked: { from: 5, to: 6 } }))), [5, 6, "asked"]);
		deepEqual(brief(placeOf("call();", target())), [4, 4, "cursor"]);
	});

	it("does not guess between two of a name, nor by code that declares several", () => {
		const twice = target({ symbols: [...target().symbols, { name: "three", from: 0, to: 1 }] });
		deepEqual(brief(placeOf("function three() {}", twice)), [4, 4, "cursor"]);
		deepEqual(brief(placeOf("function three() {}\nfunction four() {}", target())), [4, 4, "cursor"]);
	});

	it("replaces a whole file only where all of it is selected or was asked about", () =>
		fc.assert(
			fc.property(
				fc.constantFrom("x = 1", "class A {}", "function three() {}", "text", "def one():\n  pass"),
				fc.nat(lines.length - 1),
				fc.nat(3),
				(code, from, length) => {
					const selection = { from, to: Math.min(lines.length, from + length) };
					const placed = placeOf(code, target({ selection }));
					equal(placed.to - placed.from < lines.length, true);
				},
			),
			{ seed: 8 },
		));

	it("lays code out as its surroundings", () => {
		equal(
			placeOf("    one() {\n      return 2;\n    }", target({ selection: { from: 1, to: 4 } })).text,
			"\tone() {\n\t  return 2;\n\t}",
		);
		equal(indented("  a\n\n    b\n", "\t"), "\ta\n\n\t  b");
		equal(indented("a\r\nb", "  "), "  a\n  b");
	});

	it("knows what code declares in several languages", () => {
		const cases: [string, string[]][] = [
			["export async function load() {\n\tfunction inner() {}\n}", ["load"]],
			["    def run(self):\n        pass", ["run"]],
			["pub(crate) fn parse(s: &str) {}", ["parse"]],
			["func Serve() {}", ["Serve"]],
			["export const a = 1;\nlet b = 2;", ["a", "b"]],
			["public static final class Box {}", ["Box"]],
			["return 1;", []],
			["// function nothing", []],
		];
		for (const [code, names] of cases) deepEqual(declaredNames(code), names, code);
	});
});
