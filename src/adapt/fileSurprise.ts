import { addSums } from "./scoring.ts";
import type { ScoredWindow, WindowSum } from "./select.ts";

/** What the base model made of a file, before it learned anything. */
export interface FileSurprise {
	readonly path: string;
	readonly bitsPerByte: number;
	/** Per token. */
	readonly perplexity: number;
	/** Scored. */
	readonly bytes: number;
	readonly windows: number;
	/** Windows that were chosen to learn from. */
	readonly selected: number;
}

/** A list to read, not one to compute with. */
const mostFiles = 30;
/** Of fewer bytes a mean says little. */
const fewestBytes = 200;

/** The files that cost most bits per byte. */
export function surprisingFiles(
	pool: readonly ScoredWindow[],
	isSelected: (window: ScoredWindow) => boolean,
): FileSurprise[] {
	const files = new Map<string, { sums: WindowSum[]; bytes: number; selected: number }>();
	for (const scored of pool) {
		const { path, window } = scored.source;
		const file = files.get(path) ?? { sums: [], bytes: 0, selected: 0 };
		file.sums.push(scored.base);
		file.bytes += window.bytes;
		file.selected += isSelected(scored) ? 1 : 0;
		files.set(path, file);
	}
	return [...files]
		.filter(([, { bytes }]) => bytes >= fewestBytes)
		.map(([path, { sums, bytes, selected }]) => {
			const { nll, tokens } = addSums(sums);
			const cost = { bitsPerByte: nll / Math.LN2 / bytes, perplexity: Math.exp(nll / tokens) };
			return { path, ...cost, bytes, windows: sums.length, selected };
		})
		.sort((a, b) => b.bitsPerByte - a.bitsPerByte)
		.slice(0, mostFiles);
}
