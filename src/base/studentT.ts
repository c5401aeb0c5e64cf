/** Student's t, for intervals over few units. */

/**
 * What |t| of `degrees` (1, 2, ...) of freedom stays below with `probability` (0..1, below 1): 2.776 for 0.95 and 4. Exact but for
 * rounding: the finite series for whole degrees (Abramowitz & Stegun 26.7.3 and 26.7.4), bisected in the angle atan(t / sqrt(degrees)).
 */
export function studentT(probability: number, degrees: number): number {
	let [low, high] = [0, Math.PI / 2];
	for (let i = 0; i < 60; i++) {
		const angle = (low + high) / 2;
		if (within(angle, degrees) < probability) low = angle;
		else high = angle;
	}
	return Math.tan(low) * Math.sqrt(degrees);
}

/** The probability that |t| is below tan(angle) * sqrt(degrees). */
function within(angle: number, degrees: number): number {
	const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
	const odd = degrees % 2;
	let term = odd === 1 ? cosine : 1;
	let sum = 0;
	for (let power = odd; power <= degrees - 2; power += 2) {
		sum += term;
		term *= ((power + 1) / (power + 2)) * cosine * cosine;
	}
	return odd === 1 ? (2 / Math.PI) * (angle + sine * sum) : sine * sum;
}
