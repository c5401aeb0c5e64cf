import { deepEqual, equal, notDeepEqual } from "node:assert/strict";
import { ageClass, recentFirst } from "#adapt/order";
import { DocumentPool } from "#adapt/pool";
import type { TokenDocument } from "#adapt/windows";
import { seededRandom, shuffled } from "#base/random";

const minute = 60_000;
const paths = (files: readonly { path: string }[]) => files.map(({ path }) => path);

function documentOf(path: string, modifiedMs: number, tokens: number): TokenDocument {
	return { path, language: "text", modifiedMs, bytes: tokens, tokens: new Int32Array(tokens), textFrom: 0 };
}

describe("adapt/order", () => {
	it("puts recently changed files first", () => {
		const files = [60 * 24 * 9, 0, 60 * 24, 90].map((age) => ({ path: `age${age}`, modifiedMs: -age * minute }));
		deepEqual(paths(recentFirst(files)), ["age0", "age90", "age1440", "age12960"]);
	});

	it("takes files written together in an order of their paths alone", () => {
		const names = Array.from({ length: 30 }, (_, i) => `f${i}`);
		const random = seededRandom(4);
		const files = names.map((path) => ({ path, modifiedMs: random.below(9 * minute) }));
		const again = names.map((path) => ({ path, modifiedMs: random.below(9 * minute) }));
		deepEqual(paths(recentFirst(files)), paths(recentFirst(again)));
		notDeepEqual(paths(recentFirst(files)), names);
	});

	it("doubles its age classes", () => {
		deepEqual(
			[0, 9, 10, 29, 30, 69, 70].map((minutes) => ageClass(minutes * minute)),
			[0, 0, 1, 1, 2, 2, 3],
		);
	});
});

describe("adapt/pool", () => {
	it("keeps the same documents whatever order they come in", () => {
		const random = seededRandom(8);
		const all = Array.from({ length: 60 }, (_, i) => documentOf(`f${i}`, i, 1 + random.below(30)));
		const kept = (order: readonly TokenDocument[]): string[] => {
			const pool = new DocumentPool(200, (a, b) => b.modifiedMs - a.modifiedMs);
			for (const document of order) pool.add(document);
			return paths(pool.documents());
		};
		const expected = kept(all);
		equal(expected[0], "f59");
		for (let seed = 0; seed < 20; seed++) deepEqual(kept(shuffled(all, seededRandom(seed))), expected);
	});

	it("keeps a first document that is larger than the limit", () => {
		const pool = new DocumentPool(10, (a, b) => b.modifiedMs - a.modifiedMs);
		pool.add(documentOf("big", 1, 100));
		pool.add(documentOf("old", 0, 1));
		deepEqual(paths(pool.documents()), ["big"]);
		equal(pool.wants({ path: "older", modifiedMs: -1 }), false);
	});
});
