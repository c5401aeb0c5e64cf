import { AttuneError, messageOf } from "#base/errors";

/** One tensor of a safetensors file. */
export interface TensorEntry {
	readonly name: string;
	/** "F32", "F16", "BF16", or another name the format knows. */
	readonly dtype: string;
	readonly shape: readonly number[];
	/** Bytes from the start of the file. */
	readonly offset: number;
	readonly byteLength: number;
}

export interface SafetensorsHeader {
	/** In the order of their bytes. */
	readonly tensors: ReadonlyMap<string, TensorEntry>;
	readonly metadata: Readonly<Record<string, string>>;
}

/** Bytes per element of every dtype of the format (safetensors 0.6, without its sub-byte types). */
const elementSizes: Readonly<Record<string, number>> = {
	BOOL: 1,
	U8: 1,
	I8: 1,
	F8_E5M2: 1,
	F8_E4M3: 1,
	F8_E8M0: 1,
	I16: 2,
	U16: 2,
	F16: 2,
	BF16: 2,
	I32: 4,
	U32: 4,
	F32: 4,
	F64: 8,
	I64: 8,
	U64: 8,
	C64: 8,
};

/** The limit of the reference implementation. */
const maxHeaderBytes = 100_000_000;

/** Length of the JSON header, from the first 8 bytes of a file of `fileBytes`. */
export function headerLength(start: Uint8Array, fileBytes: number, file: string): number {
	if (start.length < 8) return broken(file, `it has only ${fileBytes} bytes, too few for a safetensors header`);
	if (new TextDecoder().decode(start.subarray(0, 8)) === "version ") {
		throw new AttuneError("weights", "it is a Git LFS pointer, not the weights themselves", {
			file,
			remedy: "Fetch the weights with `git lfs pull`, or download the file itself.",
		});
	}
	const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
	const length = view.getBigUint64(0, true);
	if (length > maxHeaderBytes)
		return broken(file, `its header claims ${length} bytes, above the limit of ${maxHeaderBytes}`);
	if (length < 2) return broken(file, `its header claims ${length} bytes, too few for any JSON`);
	if (Number(length) + 8 > fileBytes) {
		return broken(file, `its header claims ${length} bytes, but the file ends after ${fileBytes} (truncated?)`);
	}
	return Number(length);
}

/**
 * Parses and checks a header: `json` is its bytes, the data starts right after them. Every byte of the data must belong to exactly
 * one tensor and every tensor must lie inside the file. Throws AttuneError("weights").
 */
export function parseHeader(json: Uint8Array, fileBytes: number, file: string): SafetensorsHeader {
	const parsed = parseJson(json, file);
	const dataStart = 8 + json.length;
	const entries: TensorEntry[] = [];
	let metadata: Record<string, string> = {};
	for (const [name, value] of Object.entries(parsed)) {
		if (name === "__metadata__") metadata = parseMetadata(value, file);
		else entries.push(parseEntry(name, value, dataStart, file));
	}
	entries.sort((a, b) => a.offset - b.offset || a.byteLength - b.byteLength);
	checkCoverage(entries, dataStart, fileBytes, file);
	return { tensors: new Map(entries.map((entry) => [entry.name, entry])), metadata };
}

function parseJson(bytes: Uint8Array, file: string): Record<string, unknown> {
	let text: string;
	try {
		text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
	} catch {
		return broken(file, "its header is not UTF-8");
	}
	let json: unknown;
	try {
		json = JSON.parse(text);
	} catch (cause) {
		return broken(file, `its header is not JSON (${messageOf(cause).slice(0, 80)})`);
	}
	if (!isObject(json)) return broken(file, "its header is no JSON object");
	const twice = firstRepeatedKey(text);
	if (twice !== undefined) return broken(file, `the tensor ${JSON.stringify(twice)} is named twice in its header`);
	return json;
}

/** JSON.parse keeps the last of equal keys; a lying file could hide a tensor that way. `text` is valid JSON. */
function firstRepeatedKey(text: string): string | undefined {
	const seen = new Set<string>();
	const colon = /\s*:/y;
	let depth = 0;
	let index = 0;
	while (index < text.length) {
		const character = text[index];
		if (character === "{" || character === "[") depth++;
		else if (character === "}" || character === "]") depth--;
		else if (character === '"') {
			const end = endOfString(text, index);
			colon.lastIndex = end;
			if (depth === 1 && colon.test(text)) {
				const key: string = JSON.parse(text.slice(index, end));
				if (seen.has(key)) return key;
				seen.add(key);
			}
			index = end;
			continue;
		}
		index++;
	}
	return undefined;
}

function endOfString(text: string, start: number): number {
	let index = start + 1;
	while (text[index] !== '"') index += text[index] === "\\" ? 2 : 1;
	return index + 1;
}

function parseMetadata(value: unknown, file: string): Record<string, string> {
	if (!isObject(value) || Object.values(value).some((item) => typeof item !== "string")) {
		return broken(file, "its __metadata__ is not an object of strings");
	}
	return value as Record<string, string>;
}

function parseEntry(name: string, value: unknown, dataStart: number, file: string): TensorEntry {
	const fail = (reason: string): never => broken(file, `tensor ${JSON.stringify(name)} ${reason}`);
	if (!isObject(value)) return fail("is described by no object");
	const { dtype, shape, data_offsets: range } = value;
	if (typeof dtype !== "string") return fail("has no dtype");
	const size = Object.hasOwn(elementSizes, dtype) ? elementSizes[dtype] : undefined;
	if (size === undefined) return fail(`has the unknown dtype ${JSON.stringify(dtype.slice(0, 40))}`);
	if (!isSizes(shape)) return fail("has a shape that is no list of sizes");
	if (!isSizes(range) || range.length !== 2) return fail("has data_offsets that are no pair of positions");
	const [begin, end] = range as [number, number];
	if (end < begin) return fail(`ends at ${end}, before its begin ${begin}`);
	const wanted = shape.reduce((product, dimension) => product * dimension, size);
	if (wanted !== end - begin)
		return fail(
			`of shape [${shape.join(", ")}] and dtype ${dtype} needs ${wanted} bytes, its range has ${end - begin}`,
		);
	return { name, dtype, shape, offset: dataStart + begin, byteLength: end - begin };
}

function checkCoverage(sorted: readonly TensorEntry[], dataStart: number, fileBytes: number, file: string): void {
	let position = dataStart;
	let previous = "the header";
	for (const { name, offset, byteLength } of sorted) {
		const quoted = JSON.stringify(name);
		if (offset + byteLength > fileBytes) {
			broken(file, `tensor ${quoted} ends at byte ${offset + byteLength}, but the file has ${fileBytes} (truncated?)`);
		}
		if (offset < position) broken(file, `tensor ${quoted} overlaps ${previous}`);
		if (offset > position) broken(file, `${offset - position} bytes before tensor ${quoted} belong to no tensor`);
		position = offset + byteLength;
		previous = quoted;
	}
	if (position !== fileBytes) broken(file, `${fileBytes - position} bytes at its end belong to no tensor`);
}

function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
	return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

function broken(file: string, reason: string): never {
	throw new AttuneError("weights", reason, {
		file,
		remedy: "Fetch the file again: it is damaged or not a safetensors file.",
	});
}
