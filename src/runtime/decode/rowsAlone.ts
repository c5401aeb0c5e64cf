import type { DecodeSession } from "./decodeSession.ts";
import { Sequence } from "./sequence.ts";

/** A context of fewer is not looked at. */
export const checkedRows = 16;
/** Of them, those that are run by themselves the second time. */
const last = 2;

/**
 * Whether a row gives the same bits whatever rows are run with it. So it is with the kernels that were tried (`test/golden/rowsAlone.test.ts`);
 * where another processor's are otherwise, a draft could change a text, and is left out.
 */
export async function rowsStandAlone(session: Pick<DecodeSession, "config" | "run">): Promise<boolean> {
	const { config } = session;
	const ids = Array.from({ length: checkedRows }, (_, i) => (i * 7919) % config.vocabularySize);
	const empty = () => new Sequence(config, checkedRows);
	const together = await session.run(empty(), ids, 0);
	const sequence = empty();
	const before = ids.slice(0, checkedRows - last);
	const first = await session.run(sequence, before, 0);
	sequence.append(before, first.present, first.rows);
	const second = await session.run(sequence, ids.slice(checkedRows - last), 0);
	return same([first.logits, second.logits], together.logits);
}

/** Bit for bit: a -0 is not a 0. */
function same(parts: readonly Float32Array[], whole: Float32Array): boolean {
	const bytes = (values: Float32Array) => Buffer.from(values.buffer, values.byteOffset, values.byteLength);
	return Buffer.concat(parts.map(bytes)).equals(bytes(whole));
}
