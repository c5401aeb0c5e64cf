/**
 * Text in blocks of some lines. Where blocks end depends on what is before and on the line after alone, so that typing at the end of a
 * text leaves all blocks but the last as they were: their ids are remembered, and a prompt that begins at a block keeps beginning there.
 */

const fewestLines = 8;
const fairLines = 16;
const mostLines = 24;
const mostCharacters = 4096;

/** The blocks of `text`, in order; joined they are the text. Ends prefer an unindented line after, and avoid a blank one. */
export function blocksOf(text: string): string[] {
	const blocks: string[] = [];
	let from = 0;
	let lines = 0;
	for (let at = 0; at < text.length; ) {
		const newline = text.indexOf("\n", at);
		const end = newline < 0 ? text.length : newline + 1;
		if (end - from > mostCharacters && at > from) {
			blocks.push(text.slice(from, at));
			[from, lines] = [at, 0];
		}
		while (end - from > mostCharacters) {
			const cut = from + mostCharacters - (isHighSurrogate(text.charCodeAt(from + mostCharacters - 1)) ? 1 : 0);
			blocks.push(text.slice(from, cut));
			from = cut;
		}
		lines++;
		at = end;
		if (from < end && end < text.length && endsHere(lines, text.charCodeAt(end))) {
			blocks.push(text.slice(from, end));
			[from, lines] = [end, 0];
		}
	}
	if (from < text.length) blocks.push(text.slice(from));
	return blocks;
}

const newlines = [10, 13];
const spaces = [32, 9];

/** `next` is the first unit of the following line. */
function endsHere(lines: number, next: number): boolean {
	if (lines >= mostLines) return true;
	if (lines < fewestLines || newlines.includes(next)) return false;
	return lines >= fairLines || !spaces.includes(next);
}

function isHighSurrogate(unit: number): boolean {
	return unit >= 0xd800 && unit < 0xdc00;
}

/** Lines of `text`, each with its line break. */
export function linesOf(text: string): string[] {
	return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}
