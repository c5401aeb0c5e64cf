/** An ONNX model encoded by hand, so that tests of the runtime need no other part of the project. */

/** `y = x`, float32 of shape [2]. */
export function identityModel(): Uint8Array {
	const node = message(text(1, "x"), text(2, "y"), text(4, "Identity"));
	const graph = message(field(1, node), text(2, "identity"), field(11, value("x")), field(12, value("y")));
	return message(varint(1, 8), field(7, graph), field(8, varint(2, 17)));
}

/** ValueInfoProto: float32 (element type 1) of shape [2]. */
function value(name: string): Uint8Array {
	const shape = field(1, varint(1, 2));
	return message(text(1, name), field(2, field(1, message(varint(1, 1), field(2, shape)))));
}

const message = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts));
const varint = (id: number, small: number): Uint8Array => Uint8Array.of(id << 3, small);
const field = (id: number, bytes: Uint8Array): Uint8Array => message(Uint8Array.of((id << 3) | 2, bytes.length), bytes);
const text = (id: number, content: string): Uint8Array => field(id, Buffer.from(content));
