import { deepEqual, equal, notEqual, ok, throws } from "node:assert/strict";
import fc from "fast-check";
import { defined } from "#base/assert";
import { parseConfig } from "#models/config";
import { Sequence } from "#runtime/decode/sequence";

const config = parseConfig(
	{
		...{ architectures: ["LlamaForCausalLM"], model_type: "llama", hidden_size: 8, intermediate_size: 8 },
		...{ num_hidden_layers: 2, num_attention_heads: 4, num_key_value_heads: 2, head_dim: 2, vocab_size: 50 },
		...{ max_position_embeddings: 1_000, rms_norm_eps: 1e-5, rope_theta: 1e4, hidden_act: "silu" },
	},
	"the test's config",
);
const { layers, kvHeads, headDim } = config;

/** Keys and values of `rows` rows after `start`: numbers that say whose they are. */
function present(start: number, rows: number): Float32Array {
	const values: number[] = [];
	for (let layer = 0; layer < 2 * layers; layer++)
		for (let head = 0; head < kvHeads; head++)
			for (let row = 0; row < rows; row++)
				for (let i = 0; i < headDim; i++) values.push(place(layer, head, start + row, i));
	return Float32Array.from(values);
}

function place(layer: number, head: number, position: number, i: number): number {
	return ((layer * kvHeads + head) * 1_000 + position) * headDim + i;
}

function append(sequence: Sequence, count: number, rows = count): void {
	const start = sequence.tokens.length;
	sequence.append(
		Array.from({ length: count }, (_, i) => start + i),
		present(start, rows),
		rows,
	);
}

/** Fails if a feed holds anything but its layer's keys or values, head by head, position by position. */
function holdsItsOwn({ views, capacity, tokens }: Sequence): void {
	for (let layer = 0; layer < 2 * layers; layer++) {
		const { data, dims } = views[`${layer < layers ? "key" : "value"}.${layer % layers}`] ?? {};
		deepEqual(dims, [kvHeads, 1, capacity, headDim]);
		for (let head = 0; head < kvHeads; head++)
			for (const position of tokens)
				for (let i = 0; i < headDim; i++)
					equal(data?.[(head * capacity + position) * headDim + i], place(layer, head, position, i));
	}
}

function memoryOf(views: Sequence["views"]): ArrayBufferLike {
	return (defined(views["key.0"], "key.0").data as Float32Array).buffer;
}

describe("runtime/decode/sequence", () => {
	it("keeps its views, and their memory, from growth to growth", () => {
		const sequence = new Sequence(config, 1_000);
		let [grown, moved] = [0, 0];
		for (let token = 0; token < 900; token++) {
			const { views, capacity } = sequence;
			const memory = memoryOf(views);
			append(sequence, 1);
			if (sequence.capacity === capacity) {
				equal(sequence.views, views);
				continue;
			}
			notEqual(sequence.views, views);
			grown++;
			if (memory !== memoryOf(sequence.views)) moved++;
		}
		holdsItsOwn(sequence);
		ok(grown <= 12 && moved <= 5, `${grown} growths, ${moved} with new memory`);
	});

	it("takes memory once for a text whose length is known, and no more than the context has", () => {
		for (const length of [256, 600]) {
			const sequence = new Sequence(config, 600);
			sequence.expect(length);
			append(sequence, 64);
			const memory = memoryOf(sequence.views);
			while (sequence.tokens.length < length) append(sequence, Math.min(64, length - sequence.tokens.length));
			equal(memoryOf(sequence.views), memory);
			equal(sequence.bytes, 4 * 2 * layers * kvHeads * headDim * Math.min(600, length + 64));
			holdsItsOwn(sequence);
		}
	});

	it("forgets the end without touching what is before it, and writes over it", () => {
		const sequence = new Sequence(config, 1_000);
		append(sequence, 100);
		const { views, bytes } = sequence;
		sequence.truncate(40);
		append(sequence, 30, 32);
		equal(sequence.views, views);
		equal(sequence.bytes, bytes);
		deepEqual([sequence.tokens.length, sequence.tokens.at(-1)], [70, 69]);
		holdsItsOwn(sequence);
	});

	it("holds each token's own keys and values, however it grows and shrinks", () => {
		const step = fc.record({ append: fc.integer({ min: 0, max: 70 }), keep: fc.integer({ min: 0, max: 400 }) });
		fc.assert(
			fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
				const sequence = new Sequence(config, 600);
				for (const { append: count, keep } of steps) {
					append(sequence, count, count + (count % 2));
					sequence.truncate(keep);
				}
				holdsItsOwn(sequence);
			}),
			{ numRuns: 30 },
		);
	});

	it("has no room beyond the context", () => {
		const sequence = new Sequence(config, 70);
		append(sequence, 64);
		append(sequence, 6);
		throws(() => sequence.reserve(71), /context of 70/);
	});
});
