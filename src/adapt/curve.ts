import type { Evaluation } from "./checkpoint.ts";

/** Points that a curve has at most: more than a plot can show, few enough to be sent again and again. */
export const mostPoints = 256;

/**
 * The curve with the loss of one more step, in order from 1. Where it grows too long neighbours are taken together: a point is the mean of
 * as many steps as the first one stands for, up to and with its `step`.
 */
export function withLoss(points: readonly Evaluation[], step: number, loss: number): readonly Evaluation[] {
	const stride = points.length > 1 ? (points[0]?.step ?? 1) : 1;
	const last = points.at(-1);
	const filled = last === undefined ? stride : last.step - (points.length - 1) * stride;
	if (last !== undefined && filled < stride)
		return [...points.slice(0, -1), { step, loss: (last.loss * filled + loss) / (filled + 1) }];
	const longer = [...points, { step, loss }];
	return longer.length > mostPoints ? halved(longer) : longer;
}

/** The newest step has no neighbour yet. */
function halved(points: readonly Evaluation[]): Evaluation[] {
	const half: Evaluation[] = [];
	for (let i = 0; i < points.length; i += 2) {
		const [first, second] = [points[i] as Evaluation, points[i + 1]];
		half.push(second === undefined ? first : { step: second.step, loss: (first.loss + second.loss) / 2 });
	}
	return half;
}
