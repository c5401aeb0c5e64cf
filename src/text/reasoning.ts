/** What a model thinks before it answers stands between marks, and is no part of the answer. */

export interface ReasoningMarks {
	readonly open: number;
	readonly close: number;
}

/** The marks of Qwen3, DeepSeek-R1 and those made from them, where the vocabulary has them as tokens. */
export function reasoningMarks(special: (token: string) => number | undefined): ReasoningMarks | undefined {
	const [open, close] = [special("<think>"), special("</think>")];
	return open === undefined || close === undefined ? undefined : { open, close };
}

/** Tells thoughts from the answer, token by token. */
export class Reasoning {
	readonly #marks: ReasoningMarks | undefined;
	/** Whether the next token is a thought. The prompt may have opened it: some templates make their model think. */
	inside: boolean;

	constructor(marks: ReasoningMarks | undefined, prompt: Int32Array) {
		this.#marks = marks;
		this.inside = marks !== undefined && prompt.lastIndexOf(marks.open) > prompt.lastIndexOf(marks.close);
	}

	/** Whether this token, the next one, is a thought or a mark. */
	takes(id: number): boolean {
		const was = this.inside;
		if (id === this.#marks?.open) this.inside = true;
		if (id === this.#marks?.close) this.inside = false;
		return was || this.inside || id === this.#marks?.close;
	}
}
