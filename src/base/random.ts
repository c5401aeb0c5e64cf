/** Seeded randomness: the same seed gives the same numbers on every machine. */
export interface Random {
	/** Uniform in [0, 1), 32 bits. */
	uniform(): number;
	/** Standard normal (Box-Muller). */
	normal(): number;
	/** Uniform integer in [0, bound). */
	below(bound: number): number;
}

/** sfc32 (Chris Doty-Humphrey, PractRand), seeded through splitmix32. */
export function seededRandom(seed: number): Random {
	let state = seed >>> 0;
	const splitmix = (): number => {
		state = (state + 0x9e3779b9) | 0;
		let z = state ^ (state >>> 16);
		z = Math.imul(z, 0x21f0aaad);
		z ^= z >>> 15;
		z = Math.imul(z, 0x735a2d97);
		return (z ^ (z >>> 15)) | 0;
	};
	let a = splitmix();
	let b = splitmix();
	let c = splitmix();
	let counter = 1;
	const bits = (): number => {
		const t = (((a + b) | 0) + counter) | 0;
		counter = (counter + 1) | 0;
		a = b ^ (b >>> 9);
		b = (c + (c << 3)) | 0;
		c = (c << 21) | (c >>> 11);
		c = (c + t) | 0;
		return t >>> 0;
	};
	for (let i = 0; i < 12; i++) bits();
	const uniform = (): number => bits() / 2 ** 32;
	return {
		uniform,
		normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
		below: (bound) => Math.floor(uniform() * bound),
	};
}

/** A stable 32-bit number for a string (FNV-1a over UTF-16 units), to derive one seed from another. */
export function hashString(text: string, seed = 0): number {
	let hash = (0x811c9dc5 ^ seed) >>> 0;
	for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
	hash ^= hash >>> 16;
	hash = Math.imul(hash, 0x85ebca6b);
	return (hash ^ (hash >>> 13)) >>> 0;
}

/** `items` in a seeded order (Fisher-Yates); the input is left alone. */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
	const result = [...items];
	for (let i = result.length - 1; i > 0; i--) {
		const j = random.below(i + 1);
		[result[i], result[j]] = [result[j] as T, result[i] as T];
	}
	return result;
}
