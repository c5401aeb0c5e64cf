/**
 * Near-copies by one-permutation MinHash (Li, Owen, Zhang 2012) over runs of five words or signs, white space left out:
 * `similarity` estimates the Jaccard index of the sets of runs, with a standard error of at most 0.045. Deterministic.
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
 * Remembers at most `capacity` texts (then forgets the oldest), at 270 bytes each, paths apart, and 16 MiB of index, all of it
 * committed only as it fills. The default threshold of 0.8 is that of common deduplications of code; texts of that similarity
 * share a bucket with a probability above 0.999.
 */
export function createNearDuplicates(threshold = 0.8, capacity = 1 << 17): NearDuplicates {
	const paths: string[] = [];
	const stored = new Uint16Array(capacity * bins);
	const exact = new Float64Array(capacity);
	const equal = new Map<number, number>();
	const buckets = new Int32Array(bands * slots);
	let next = 0;

	const find = (sketch: Sketch): Neighbour | undefined => {
		const same = equal.get(sketch.exact);
		if (same !== undefined) return { path: paths[same] as string, similarity: 1 };
		if (sketch.runs < fewRuns) return undefined;
		let best = -1;
		let bestSimilarity = threshold;
		for (let band = 0; band < bands; band++) {
			const index = (buckets[bucketOf(sketch, band)] as number) - 1;
			if (index < 0 || index === best) continue;
			const similarity = Math.min(compare(sketch.bins, stored, index * bins), 0.999);
			// Ties go to the smaller place, so that the answer does not hang on the order of bands.
			if (similarity > bestSimilarity || (similarity === bestSimilarity && (best < 0 || index < best))) {
				best = index;
				bestSimilarity = similarity;
			}
		}
		return best < 0 ? undefined : { path: paths[best] as string, similarity: bestSimilarity };
	};

	const remember = (path: string, sketch: Sketch): void => {
		if (next < paths.length && equal.get(exact[next] as number) === next) equal.delete(exact[next] as number);
		paths[next] = path;
		exact[next] = sketch.exact;
		stored.set(sketch.bins, next * bins);
		if (!equal.has(sketch.exact)) equal.set(sketch.exact, next);
		if (sketch.runs >= fewRuns) for (let band = 0; band < bands; band++) buckets[bucketOf(sketch, band)] = next + 1;
		next = (next + 1) % capacity;
	};

	return { find, remember };
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

/** One pass over the text: about 10 ns a character. */
export function sketchOf(text: string): Sketch {
	const minima = new Uint32Array(bins).fill(0xffffffff);
	const kindOf = kinds;
	const end = text.length;
	let exactLow = 0;
	let exactHigh = 0x5bd1e995;
	// Hashes of the last piece, of the last two and of the last four, and those before them, from which runs of five are made.
	let [one, two, twoBefore, four] = [0, 0, 0, 0];
	let pieces = 0;
	for (let i = 0; i < end; ) {
		let unit = text.charCodeAt(i++);
		let kind = unit < 128 ? (kindOf[unit] as number) : word;
		if (kind === space) continue;
		let hash = Math.imul(unit ^ 0x9e3779b1, 0x01000193);
		while (kind === word && i < end) {
			unit = text.charCodeAt(i);
			kind = unit < 128 ? (kindOf[unit] as number) : word;
			if (kind !== word) break;
			hash = Math.imul(hash ^ unit, 0x01000193);
			i++;
		}
		hash ^= hash >>> 15;
		exactLow = (Math.imul(exactLow ^ hash, 0x85ebca6b) + 1) | 0;
		exactHigh = Math.imul((exactHigh + hash) | 0, 0xc2b2ae35) ^ (exactHigh >>> 13);
		if (++pieces >= runLength) {
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
}

const bins = 128;
const empty = 0xffff;
const runLength = 5;
const fewRuns = 64;
/** 32 bands of 4 bins: a pair of similarity 0.8 shares at least one with probability 1 - (1 - 0.8^4)^32. */
const bands = 32;
const rows = bins / bands;
const slots = 1 << 17;

const space = 0;
const word = 1;
const sign = 2;
const kinds = Uint8Array.from({ length: 128 }, (_, unit) =>
	unit <= 32 || unit === 127 ? space : /\w/.test(String.fromCharCode(unit)) ? word : sign,
);

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

/** Place of a band in the table. Places are shared by chance; a shared one only costs a comparison or hides an older text in one band. */
function bucketOf(sketch: Sketch, band: number): number {
	let hash = Math.imul(band + 1, 0x9e3779b1);
	for (let row = 0; row < rows; row++)
		hash = Math.imul(hash ^ (sketch.bins[band * rows + row] as number), 0x01000193) ^ (hash >>> 15);
	hash ^= hash >>> 16;
	return band * slots + (Math.imul(hash, 0x85ebca6b) >>> 15);
}
