/** Words of a text: what its names are made of. Short ones and numbers say nothing. */
export function wordsOf(text: string): ReadonlySet<string> {
	const words = new Set<string>();
	for (const name of text.match(/[\p{L}_$][\p{L}\p{N}_$]*/gu) ?? []) {
		if (name.length < 3) continue;
		words.add(name.length > longest ? name.slice(0, longest) : name);
	}
	return words;
}

const longest = 40;

/** Shared words over all words, 0 to 1 (Jaccard). */
export function similarity(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
	const [small, large] = a.size < b.size ? [a, b] : [b, a];
	let shared = 0;
	for (const word of small) if (large.has(word)) shared++;
	const all = a.size + b.size - shared;
	return all === 0 ? 0 : shared / all;
}
