/** An ONNX model encoded by hand, so that tests of the runtime need no other part of the project. */

/** `y = x`, float32 of shape [2]. */
export function identityModel(): Uint8Array {
	const node = message(text(1, "x"), text(2, "y"), text(4, "Identity"));
	const graph = message(field(1, node), text(2, "identity"), field(11, value("x")), field(12, value("y")));
	return message(varint(1, 8), field(7, graph), field(8, varint(2, 17)));
}

/** `y = sum over each row of w`, where w of shape [8, 12] is external data. No inputs. */
export function externalSumModel(place: { file: string; offset: number; byteLength: number }): Uint8Array {
	const entry = (key: string, value: string | number): Uint8Array =>
		field(13, message(text(1, key), text(2, String(value))));
	const external = message(
		entry("location", place.file),
		entry("offset", place.offset),
		entry("length", place.byteLength),
	);
	const weight = message(varint(1, 8), varint(1, 12), varint(2, 1), text(8, "w"), external, varint(14, 1));
	const keepdims = message(text(1, "keepdims"), varint(3, 0), varint(20, 2));
	const axes = message(varint(1, 1), varint(2, 7), text(8, "axes"), field(7, Uint8Array.of(1)));
	const node = message(text(1, "w"), text(1, "axes"), text(2, "y"), text(4, "ReduceSum"), field(5, keepdims));
	const graph = message(field(1, node), text(2, "sum"), field(5, weight), field(5, axes), field(12, value("y", 8)));
	return message(varint(1, 8), field(7, graph), field(8, varint(2, 17)));
}

/** ValueInfoProto: float32 (element type 1) of shape [`size`]. */
function value(name: string, size = 2): Uint8Array {
	const shape = field(1, varint(1, size));
	return message(text(1, name), field(2, field(1, message(varint(1, 1), field(2, shape)))));
}

const message = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts));
const key = (id: number, type: number): Uint8Array => length((id << 3) | type);
const varint = (id: number, small: number): Uint8Array => message(key(id, 0), Uint8Array.of(small));
const field = (id: number, bytes: Uint8Array): Uint8Array => message(key(id, 2), length(bytes.length), bytes);
/** Lengths below 16,384 as a varint. */
const length = (n: number): Uint8Array => (n < 128 ? Uint8Array.of(n) : Uint8Array.of((n & 127) | 128, n >> 7));
const text = (id: number, content: string): Uint8Array => field(id, Buffer.from(content));
