/**
 * 16-bit floats to and from float32. BF16 is the upper half of a float32; F16 goes through a table of all 65,536 values, built on
 * first use.
 */

export type FloatType = "F32" | "F16" | "BF16";

/** Widens `source`, the little-endian bits of `target.length` numbers. */
export function widenBf16(source: Uint16Array, target: Float32Array): void {
	const bits = new Uint32Array(target.buffer, target.byteOffset, target.length);
	for (let i = 0; i < source.length; i++) bits[i] = (source[i] as number) << 16;
}

export function widenF16(source: Uint16Array, target: Float32Array): void {
	const table = f16Table();
	const bits = new Uint32Array(target.buffer, target.byteOffset, target.length);
	for (let i = 0; i < source.length; i++) bits[i] = table[source[i] as number] as number;
}

/** Rounds to nearest, ties to even, as IEEE 754 and PyTorch do; beyond 65,504 becomes infinite. */
export function narrowF16(source: Float32Array): Uint16Array {
	const bits = new Uint32Array(source.buffer, source.byteOffset, source.length);
	return Uint16Array.from(bits, f16Bits);
}

/** As `narrowF16`, to the upper half of a float32. */
export function narrowBf16(source: Float32Array): Uint16Array {
	const bits = new Uint32Array(source.buffer, source.byteOffset, source.length);
	return Uint16Array.from(bits, (value) => {
		if ((value & 0x7fffffff) > 0x7f800000) return (value >>> 16) | 0x40;
		return (value + 0x7fff + ((value >>> 16) & 1)) >>> 16;
	});
}

/** Index of the first number that is NaN or infinite, or -1. */
export function firstNotFinite(values: Float32Array): number {
	const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
	const exponent = 0x7f800000;
	for (let i = 0; i < bits.length; i++) if (((bits[i] as number) & exponent) === exponent) return i;
	return -1;
}

let table: Uint32Array | undefined;

/** float32 bits of every F16 bit pattern. */
function f16Table(): Uint32Array {
	if (table !== undefined) return table;
	table = new Uint32Array(65_536);
	const float = new Float32Array(1);
	const bits = new Uint32Array(float.buffer);
	for (let half = 0; half < 65_536; half++) {
		const sign = half & 0x8000 ? -1 : 1;
		const exponent = (half >> 10) & 31;
		const fraction = half & 1023;
		if (exponent === 31) bits[0] = ((half & 0x8000) << 16) | 0x7f800000 | (fraction << 13);
		else float[0] = sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
		table[half] = bits[0] as number;
	}
	return table;
}

function f16Bits(bits: number): number {
	const sign = (bits >>> 16) & 0x8000;
	const rest = bits & 0x7fffffff;
	if (rest >= 0x7f800000) return sign | (rest > 0x7f800000 ? 0x7e00 : 0x7c00);
	const exponent = (rest >>> 23) - 127 + 15;
	if (exponent >= 31) return sign | 0x7c00;
	if (exponent <= -11) return sign;
	// Below 2^-14 the implicit one becomes visible and the fraction moves right.
	const fraction = exponent > 0 ? rest & 0x7fffff : (rest & 0x7fffff) | 0x800000;
	const shift = exponent > 0 ? 13 : 14 - exponent;
	const half = exponent > 0 ? (exponent << 10) | (fraction >>> 13) : fraction >>> shift;
	const lost = fraction & ((1 << shift) - 1);
	const middle = 1 << (shift - 1);
	return sign | (half + (lost > middle || (lost === middle && half & 1) ? 1 : 0));
}
