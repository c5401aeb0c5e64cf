import { deepEqual, equal, match, throws } from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { AttuneError } from "#base/errors";
import { encodeSafetensors, SafetensorsFile } from "#runtime/safetensors";
import { headerLength, parseHeader } from "#runtime/safetensorsHeader";
import { craft, craftTensors } from "./crafted.ts";
import { inTemporaryFolder } from "./temporary.ts";

/** Written by safetensors 0.8.0: a [1] and b [2, 2] in F32, h [2] in F16, metadata format=pt. */
const reference =
	"yAAAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJmb3JtYXQiOiJwdCJ9LCJhIjp7ImR0eXBlIjoiRjMyIiwic2hhcGUiOlsxXSwiZGF0YV9vZmZzZXRzIjpbMCw0XX0sImIi" +
	"OnsiZHR5cGUiOiJGMzIiLCJzaGFwZSI6WzIsMl0sImRhdGFfb2Zmc2V0cyI6WzQsMjBdfSwiaCI6eyJkdHlwZSI6IkYxNiIsInNoYXBlIjpbMl0sImRhdGFfb2Zmc2V0" +
	"cyI6WzIwLDI0XX19ICAgIAAAAD8AAIA/AAAAQAAAQEAAAIDAAD4AQQ==";

const referenceTensors = [
	{ name: "h", shape: [2], data: Float32Array.of(1.5, 2.5), dtype: "F16" },
	{ name: "b", shape: [2, 2], data: Float32Array.of(1, 2, 3, -4) },
	{ name: "a", shape: [1], data: Float32Array.of(0.5) },
] as const;

describe("runtime/safetensors", () => {
	it("writes the bytes that the reference implementation writes", () => {
		equal(Buffer.from(encodeSafetensors(referenceTensors, { format: "pt" })).toString("base64"), reference);
	});

	it("reads what the reference implementation wrote", () =>
		withFile(Buffer.from(reference, "base64"), (file) => {
			deepEqual(file.header.metadata, { format: "pt" });
			deepEqual(file.header.tensors.get("b")?.shape, [2, 2]);
			for (const { name, data } of referenceTensors) deepEqual(file.read(name), data);
		}));

	for (const dtype of ["F32", "F16", "BF16"] as const) {
		it(`gives the values back from ${dtype}`, () => {
			const values = Float32Array.of(1, -0.5, 0, 1.25, 96, -1.5);
			return withFile(craftTensors(new Map([["x", { shape: [3, 2], values }]]), dtype), (file) =>
				deepEqual(file.read("x"), values),
			);
		});
	}

	it("reads an empty tensor and a scalar", () => {
		const header = {
			e: { dtype: "F32", shape: [0, 7], data_offsets: [0, 0] },
			s: { dtype: "F32", shape: [], data_offsets: [0, 4] },
		};
		return withFile(craft(header, Buffer.from(Float32Array.of(3).buffer)), (file) => {
			deepEqual([file.read("e"), file.read("s")], [new Float32Array(0), Float32Array.of(3)]);
		});
	});

	it("names the tensor that holds a NaN or an infinity", async () => {
		for (const bad of [Number.NaN, Infinity, -Infinity]) {
			for (const dtype of ["F32", "F16", "BF16"] as const) {
				const bytes = craftTensors(new Map([["w", { shape: [3], values: Float32Array.of(0, 1, bad) }]]), dtype);
				await withFile(bytes, (file) =>
					throws(() => file.read("w"), wrong("weights", /"w" holds (NaN|-?Infinity) at number 2/)),
				);
			}
		}
	});

	it("refuses to compute with other dtypes, though it knows them", () =>
		withFile(craft({ q: { dtype: "I8", shape: [2], data_offsets: [0, 2] } }, new Uint8Array(2)), (file) =>
			throws(() => file.read("q"), wrong("unsupported", /"q" has dtype I8/)),
		));

	const one = (change: object): object => ({ a: { dtype: "F32", shape: [2], data_offsets: [0, 8], ...change } });
	const eight = new Uint8Array(8);
	const good = Buffer.from(craft(one({}), eight));
	const broken: [string, Uint8Array, RegExp][] = [
		["an empty file", new Uint8Array(0), /only 0 bytes/],
		["a header length that lies", craft(one({}), eight, 5000n), /claims 5000 bytes, but the file ends after/],
		["a header beyond the limit", craft(one({}), eight, 2n ** 63n), /above the limit/],
		["a header of nothing", craft("", eight, 0n), /too few for any JSON/],
		[
			"a header that is not UTF-8",
			Buffer.concat([Buffer.from("0300000000000000", "hex"), Buffer.from("ff7b7d", "hex")]),
			/not UTF-8/,
		],
		["a header that is not JSON", craft("{nonsense", eight), /not JSON/],
		["a header that is a list", craft([], eight), /no JSON object/],
		["a truncated file", good.subarray(0, good.length - 3), /truncated/],
		["trailing bytes", Buffer.concat([good, eight]), /8 bytes at its end belong to no tensor/],
		[
			"a range out of the file",
			craft(one({ shape: [4], data_offsets: [0, 16] }), eight),
			/ends at byte .* but the file has/,
		],
		[
			"a hole",
			craft(one({ shape: [1], data_offsets: [4, 8] }), eight),
			/4 bytes before tensor "a" belong to no tensor/,
		],
		[
			"an overlap",
			craft({ ...one({}), b: { dtype: "F32", shape: [1], data_offsets: [4, 8] } }, eight),
			/"b" overlaps "a"/,
		],
		["a range backwards", craft(one({ data_offsets: [8, 0] }), eight), /before its begin/],
		["a negative position", craft(one({ data_offsets: [-8, 0] }), eight), /no pair of positions/],
		["an unknown dtype", craft(one({ dtype: "F31" }), eight), /unknown dtype "F31"/],
		["a dtype named like a property", craft(one({ dtype: "toString" }), eight), /unknown dtype/],
		["no dtype", craft({ a: { shape: [2], data_offsets: [0, 8] } }, eight), /has no dtype/],
		["a shape of other size", craft(one({ shape: [3] }), eight), /needs 12 bytes, its range has 8/],
		["a shape that overflows", craft(one({ shape: [2 ** 50, 2 ** 50] }), eight), /needs .* bytes/],
		["a fractional shape", craft(one({ shape: [0.5, 4] }), eight), /no list of sizes/],
		[
			"a tensor twice",
			craft(
				'{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}, "\\u0061" :{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}',
				eight,
			),
			/"a" is named twice/,
		],
		["metadata of numbers", craft({ __metadata__: { x: 1 }, ...one({}) }, eight), /__metadata__/],
		[
			"a Git LFS pointer",
			Buffer.from("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n"),
			/Git LFS pointer/,
		],
	];
	for (const [name, bytes, reason] of broken) {
		it(`refuses ${name}`, () =>
			inTemporaryFolder((folder) => {
				const file = join(folder, "x.safetensors");
				writeFileSync(file, bytes);
				throws(() => new SafetensorsFile(file), wrong("weights", reason, file));
			}));
	}

	it("refuses a file that is not there, and a folder", () =>
		inTemporaryFolder((folder) => {
			throws(() => new SafetensorsFile(join(folder, "none")), wrong("weights", /none: the file is missing/));
			mkdirSync(join(folder, "dir"));
			throws(() => new SafetensorsFile(join(folder, "dir")), wrong("storage", /this is a folder/));
		}));

	it("never throws anything but an AttuneError at a damaged header", () => {
		const header = Buffer.from(reference, "base64").subarray(8, 208);
		const mutations = fc.array(fc.tuple(fc.nat(header.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
		const attempt = (bytes: Uint8Array): boolean => {
			try {
				parseHeader(bytes, 8 + bytes.length + 24, "x");
			} catch (error) {
				return error instanceof AttuneError && error.code === "weights" && error.remedy !== "";
			}
			return true;
		};
		const damaged = (changes: [number, number][]): boolean => {
			const copy = Uint8Array.from(header);
			for (const [at, value] of changes) copy[at] = value;
			return attempt(copy);
		};
		fc.assert(fc.property(mutations, damaged), { numRuns: 1000, seed: 1 });
		fc.assert(
			fc.property(fc.json(), (json) => attempt(Buffer.from(json))),
			{ numRuns: 500, seed: 2 },
		);
		fc.assert(
			fc.property(fc.dictionary(fc.string(), entry), (json) => attempt(Buffer.from(JSON.stringify(json)))),
			{ numRuns: 500, seed: 3 },
		);
	});

	it("never accepts a header length beyond the file", () => {
		const property = fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.nat(1000), (claimed, size) => {
			try {
				const start = new Uint8Array(8);
				new DataView(start.buffer).setBigUint64(0, claimed, true);
				return headerLength(start, size, "x") + 8 <= size;
			} catch (error) {
				return error instanceof AttuneError;
			}
		});
		fc.assert(property, { numRuns: 1000, seed: 4 });
	});
});

/** Entries that are nearly right. */
const entry = fc.record(
	{
		dtype: fc.constantFrom("F32", "F16", "U8", "F8", ""),
		shape: fc.oneof(fc.array(fc.nat(4), { maxLength: 3 }), fc.anything()),
		data_offsets: fc.oneof(fc.tuple(fc.nat(24), fc.nat(24)), fc.anything()),
	},
	{ requiredKeys: [] },
);

function withFile(bytes: Uint8Array, work: (file: SafetensorsFile) => void): Promise<void> {
	return inTemporaryFolder((folder) => {
		writeFileSync(join(folder, "x.safetensors"), bytes);
		const file = new SafetensorsFile(join(folder, "x.safetensors"));
		try {
			work(file);
		} finally {
			file.close();
		}
	});
}

/** Checks code, reason, the file's name and that there is a remedy. */
function wrong(code: string, reason: RegExp, file = ""): (error: unknown) => true {
	return (error) => {
		if (!(error instanceof AttuneError)) throw error;
		equal(error.code, code);
		match(error.message, reason);
		equal(error.message.startsWith(file), true);
		equal(error.remedy.length > 10, true);
		return true;
	};
}
