/**
 * Near-copies by one-permutation MinHash (Li, Owen, Zhang 2012) over runs of five words or signs, white space left out:
 * `similarity` estimates the Jaccard index of the sets of runs, with a standard error of about 0.04
 * near 0.8. Deterministic.
 */
export interface Sketch {
	/** Smallest hash of each of the `bins`, `empty` where no run fell. */
	readonly bins: Uint16Array;
	/** Of the whole sequence of words and signs: equal for equal code, whatever its white space. */
	readonly exact: number;
	/** Runs, repeated ones counted again. */
	readonly runs: number;
}

export interface Neighbour {
	readonly path: string;
	/** 0 to 1; exactly 1 only where words and signs are the same. */
	readonly similarity: number;
}

export interface NearDuplicates {
	/** The most similar remembered text, if its similarity reaches the threshold. Texts below 64 runs count only when equal. */
	find(sketch: Sketch): Neighbour | undefined;
	remember(path: string, sketch: Sketch): void;
}

/**
 * Remembers at most `capacity` texts (then forgets the oldest), at about 400 bytes each, paths apart. The default threshold of 0.8
 * is that of common deduplications of code; texts of that similarity share a bucket with a probability above 0.999.
 */
export function createNearDuplicates(threshold = 0.8, capacity = 1 << 17): NearDuplicates {
	const paths: string[] = [];
	const equal = new Map<number, number>();
	let table = createTable(Math.min(256, capacity));
	let next = 0;

	const find = (sketch: Sketch): Neighbour | undefined => {
		const same = equal.get(sketch.exact);
		if (same !== undefined) return { path: paths[same] as string, similarity: 1 };
		if (sketch.runs < fewRuns) return undefined;
		let best = -1;
		let bestSimilarity = threshold;
		for (let band = 0; band < bands; band++) {
			const index = (table.buckets[bucketOf(sketch.bins, band, table.slots)] as number) - 1;
			if (index < 0 || index === best || !sameBand(sketch.bins, table.bins, index * bins, band)) continue;
			const similarity = Math.min(compare(sketch.bins, table.bins, index * bins), 0.999);
			// Ties go to the smaller place, so that the answer does not hang on the order of bands.
			if (similarity > bestSimilarity || (similarity === bestSimilarity && (best < 0 || index < best))) {
				best = index;
				bestSimilarity = similarity;
			}
		}
		return best < 0 ? undefined : { path: paths[best] as string, similarity: bestSimilarity };
	};

	const remember = (path: string, sketch: Sketch): void => {
		if (next === table.rows && table.rows < capacity) table = grown(table, Math.min(2 * table.rows, capacity));
		if (next === capacity) next = 0;
		if (next < paths.length && equal.get(table.exact[next] as number) === next)
			equal.delete(table.exact[next] as number);
		paths[next] = path;
		if (!equal.has(sketch.exact)) equal.set(sketch.exact, next);
		store(table, next, sketch.bins, sketch.exact, sketch.runs >= fewRuns);
		next++;
	};

	return { find, remember };
}

/** Sketches by place, and for each band a place (plus one) by the hash of the band. */
interface Table {
	readonly rows: number;
	/** Buckets of a band: a power of two, at least `rows`. */
	readonly slots: number;
	readonly bins: Uint16Array;
	readonly exact: Float64Array;
	readonly indexed: Uint8Array;
	readonly buckets: Int32Array;
}

function createTable(rows: number): Table {
	const slots = 1 << Math.ceil(Math.log2(rows));
	return {
		rows,
		slots,
		bins: new Uint16Array(rows * bins),
		exact: new Float64Array(rows),
		indexed: new Uint8Array(rows),
		buckets: new Int32Array(bands * slots),
	};
}

function grown(table: Table, rows: number): Table {
	const larger = createTable(rows);
	for (let place = 0; place < table.rows; place++) {
		const sketch = table.bins.subarray(place * bins, (place + 1) * bins);
		store(larger, place, sketch, table.exact[place] as number, table.indexed[place] === 1);
	}
	return larger;
}

function store(table: Table, place: number, sketch: Uint16Array, exact: number, indexed: boolean): void {
	table.bins.set(sketch, place * bins);
	table.exact[place] = exact;
	table.indexed[place] = indexed ? 1 : 0;
	if (!indexed) return;
	for (let band = 0; band < bands; band++) table.buckets[bucketOf(sketch, band, table.slots)] = place + 1;
}

function sameBand(a: Uint16Array, b: Uint16Array, offset: number, band: number): boolean {
	for (let i = band * rows; i < (band + 1) * rows; i++) if (a[i] !== b[offset + i]) return false;
	return true;
}

/** Estimated Jaccard index of two texts. */
export function jaccard(a: Sketch, b: Sketch): number {
	return compare(a.bins, b.bins, 0);
}

function compare(a: Uint16Array, b: Uint16Array, offset: number): number {
	let same = 0;
	let used = 0;
	for (let i = 0; i < bins; i++) {
		const x = a[i] as number;
		const y = b[offset + i] as number;
		if (x === empty && y === empty) continue;
		used++;
		if (x === y) same++;
	}
	return used === 0 ? 0 : same / used;
}

const bins = 128;
const empty = 0xffff;
const runLength = 5;
const fewRuns = 64;
/** 32 bands of 4 bins: a pair of similarity 0.8 shares at least one with probability 1 - (1 - 0.8^4)^32. */
const bands = 32;
const rows = bins / bands;

/** Of a text's UTF-8 bytes, which are read about twice as fast as the characters of a string. */
export const sketchOf = createSketcher();

/** Arrays are constants of a function: of those of a module a bundler makes variables, and each access costs twice as much. */
function createSketcher(): (bytes: Uint8Array) => Sketch {
	// Made anew for each text, they would cost as much as a hundred characters. The hashes are enough for nearly every file.
	const minima = new Uint32Array(bins);
	const pieceHashes = new Int32Array(1 << 16);
	const hashPieces = createPieceHasher();
	return (bytes) => {
		minima.fill(0xffffffff);
		const hashes = bytes.length <= pieceHashes.length ? pieceHashes : new Int32Array(bytes.length);
		const pieces = hashPieces(bytes, hashes);
		let exactLow = 0;
		let exactHigh = 0x5bd1e995;
		// Hashes of the last piece, of the last two and of the last four, and those before them, from which runs of five are made.
		let [one, two, twoBefore, four] = [0, 0, 0, 0];
		for (let piece = 0; piece < pieces; piece++) {
			let hash = hashes[piece] as number;
			hash ^= hash >>> 15;
			exactLow = (Math.imul(exactLow ^ hash, 0x85ebca6b) + 1) | 0;
			exactHigh = Math.imul((exactHigh + hash) | 0, 0xc2b2ae35) ^ (exactHigh >>> 13);
			if (piece >= runLength - 1) {
				let run = (Math.imul(four, 0x2c1b3c6d) + hash) | 0;
				run = Math.imul(run ^ (run >>> 16), 0x21f0aaad);
				run ^= run >>> 15;
				const bin = run & (bins - 1);
				if (run >>> 0 < (minima[bin] as number)) minima[bin] = run >>> 0;
			}
			const pair = (Math.imul(one, 0x297a2d39) + hash) | 0;
			four = (Math.imul(twoBefore, 0x1b56c4e9) + pair) | 0;
			twoBefore = two;
			two = pair;
			one = hash;
		}
		return {
			bins: shortened(minima),
			exact: (exactHigh >>> 11) * 2 ** 32 + (exactLow >>> 0),
			runs: Math.max(0, pieces - runLength + 1),
		};
	};
}

/**
 * Puts the hashes of the pieces (words and signs) of `bytes` into `hashes`, which is as long, and returns how many there are. No
 * branch depends on a byte: where words end is what a processor guesses wrong.
 */
function createPieceHasher(): (bytes: Uint8Array, hashes: Int32Array) => number {
	/** Only words have the sign bit; the lowest bit is that of pieces. Bytes of characters beyond ASCII count as letters. */
	const [space, word, sign] = [0, -1, 1];
	const kinds = Int8Array.from({ length: 256 }, (_, byte) =>
		byte <= 32 || byte === 127 ? space : byte > 127 || /\w/.test(String.fromCharCode(byte)) ? word : sign,
	);
	return (bytes, hashes) => {
		let [pieces, before, hash] = [0, 0, 0];
		for (let i = 0; i < bytes.length; i++) {
			const byte = bytes[i] as number;
			const kind = kinds[byte] as number;
			// All ones from a word's second byte on, which takes the place of the hash before it; what a space leaves is overwritten.
			const within = (kind & before) >> 31;
			hash = Math.imul((hash & within) ^ (0x9e3779b1 & ~within) ^ byte, 0x01000193);
			pieces = (pieces + within) | 0;
			hashes[pieces] = hash;
			pieces = (pieces + (kind & 1)) | 0;
			before = kind;
		}
		return pieces;
	};
}

/** 16 bits tell two minima apart well enough, in half the memory. */
function shortened(minima: Uint32Array): Uint16Array {
	const result = new Uint16Array(bins);
	for (let i = 0; i < bins; i++) {
		const value = minima[i] as number;
		// The low bits are the bin, and the top bits of a minimum are mostly zero: mix before cutting.
		result[i] = value === 0xffffffff ? empty : Math.min((Math.imul(value, 0x9e3779b1) >>> 16) & 0xffff, empty - 1);
	}
	return result;
}

/** Place of a band in the table. Places are shared by chance; a shared one hides an older text in one band. */
function bucketOf(sketch: Uint16Array, band: number, slots: number): number {
	let hash = Math.imul(band + 1, 0x9e3779b1);
	for (let row = 0; row < rows; row++) {
		hash = Math.imul(hash ^ (sketch[band * rows + row] as number), 0x01000193) ^ (hash >>> 15);
	}
	hash ^= hash >>> 16;
	return band * slots + ((Math.imul(hash, 0x85ebca6b) >>> 12) & (slots - 1));
}
