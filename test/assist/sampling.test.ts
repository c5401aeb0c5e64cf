import { deepEqual, equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { chatSampling } from "#assist/chat";
import { greedy, type Sampling } from "#assist/decoder";
import { argmax, candidates, createSampler } from "#assist/sampling";
import { seededRandom } from "#base/random";

type Filters = "temperature" | "topK" | "topP" | "minP";

/** Logits whose shares are 8 : 4 : 2 : 1 : 1. */
const halves = Float32Array.from([4, 8, 1, 2, 1], Math.log);

const sampled = (sampling: Partial<Sampling>): Sampling => ({ ...greedy, temperature: 1, ...sampling });
const ids = (sampling: Partial<Sampling>, logits = halves) => candidates(logits, sampled(sampling)).map(({ id }) => id);
const logits = fc.array(fc.float({ min: -20, max: 20, noNaN: true }), { minLength: 1, maxLength: 60 });

describe("assist/sampling", () => {
	it("takes the most likely token at temperature 0, the lower id of equals", () => {
		equal(createSampler(greedy).pick(halves), 1);
		equal(argmax(Float32Array.of(3, 5, 5)), 1);
		equal(createSampler({ ...greedy, topK: 3, topP: 0.1 }).pick(halves), 1);
	});

	it("keeps what each filter keeps, by hand", () => {
		deepEqual(ids({}), [0, 1, 2, 3, 4]);
		deepEqual(ids({ topK: 2 }), [1, 0]);
		deepEqual(ids({ topK: 4 }), [1, 0, 3, 2]);
		deepEqual(ids({ topK: 9 }), [0, 1, 2, 3, 4]);
		// 8/16, 12/16, 14/16, ...
		deepEqual(ids({ topP: 0.49 }), [1]);
		deepEqual(ids({ topP: 0.51 }), [1, 0]);
		deepEqual(ids({ topP: 0.76 }), [1, 0, 3]);
		deepEqual(ids({ topP: 0.001 }), [1]);
		deepEqual(ids({ minP: 0.24 }), [0, 1, 3]);
		deepEqual(ids({ minP: 0.49 }), [0, 1]);
		// Of what top-k left, 8/14 is less than 0.6 and 12/14 is more.
		deepEqual(ids({ topK: 3, topP: 0.6 }), [1, 0]);
		deepEqual(ids({ topK: 3, topP: 0.9, minP: 0.3 }), [1, 0]);
	});

	it("flattens and sharpens by temperature", () => {
		const shares = candidates(halves, sampled({ temperature: 2 })).map(({ share }) => share);
		ok(Math.abs((shares[0] as number) - Math.SQRT1_2) < 1e-6);
		ok(Math.abs((candidates(halves, sampled({ temperature: 0.5 }))[0]?.share ?? 0) - 0.25) < 1e-6);
	});

	it("penalises what is there, whatever the sign", () => {
		const logits = Float32Array.of(2, 1.5, -1, -1.2);
		const pick = (...seen: number[]) => {
			const sampler = createSampler({ ...greedy, repetitionPenalty: 2 });
			for (const id of seen) sampler.observe(id);
			return sampler.pick(logits);
		};
		equal(pick(), 0);
		equal(pick(0), 1);
		// 1, 0.75 and -2: 0 leads again; the logits given are as they were.
		equal(pick(0, 1, 2), 0);
		deepEqual([...logits], [2, 1.5, -1, -1.2].map(Math.fround));
		const negative = createSampler({ ...greedy, repetitionPenalty: 1.5 });
		negative.observe(0);
		equal(negative.pick(Float32Array.of(-1, -1.2)), 1);
	});

	it("draws each token as often as its share, and the same for the same seed", () => {
		const draw = (seed: number) => {
			const sampler = createSampler(sampled({ seed }));
			return Array.from({ length: 4_000 }, () => sampler.pick(halves));
		};
		const drawn = draw(7);
		deepEqual(drawn, draw(7));
		ok(draw(8).some((id, i) => id !== drawn[i]));
		for (const [id, share] of [4, 8, 1, 2, 1].entries()) {
			const seen = drawn.filter((each) => each === id).length / drawn.length;
			ok(Math.abs(seen - share / 16) < 0.03, `${id}: ${seen}`);
		}
	});

	it("keeps the most likely token and never more than asked, whatever the logits", () => {
		const rules = fc.record({
			temperature: fc.double({ min: 0.1, max: 3, noNaN: true }),
			topK: fc.nat(70),
			topP: fc.double({ min: 0.01, max: 1, noNaN: true }),
			minP: fc.double({ min: 0, max: 1, noNaN: true }),
		});
		fc.assert(
			fc.property(logits, rules, (values, rule) => {
				const scores = Float32Array.from(values);
				const left = candidates(scores, sampled(rule));
				ok(left.some(({ share }) => share === 1));
				if (rule.topK > 0) ok(left.length <= rule.topK);
				ok(left.every(({ share }) => share >= rule.minP && share <= 1));
			}),
		);
	});

	it("writes no run of so many tokens twice, whatever the prompt holds", () => {
		const sampler = createSampler({ ...greedy, noRepeatNgram: 3 });
		for (const id of [1, 2, 3, 1, 2, 3]) sampler.observe(id);
		// Goes round in 1, 2, 3 where it may, and takes 4 where not.
		const next = (last: number) =>
			Float32Array.from({ length: 6 }, (_, id) => (id === (last % 3) + 1 ? 9 : id === 4 ? 5 : 0));
		const written: number[] = [];
		for (let last = 3; written.length < 12; ) {
			last = sampler.pick(next(last));
			sampler.observe(last);
			written.push(last);
		}
		deepEqual(written.slice(0, 6), [1, 2, 3, 1, 2, 4]);
		const runs = written.slice(2).map((_, i) => written.slice(i, i + 3).join());
		equal(new Set(runs).size, runs.length);
	});

	it("finds what filters leave as if it had sorted everything, among equals and impossible tokens too", () => {
		const few = fc.constantFrom(-20, -1, 0, 0.5, 2, Number.NEGATIVE_INFINITY, Number.NaN);
		const any = fc.oneof(fc.float({ min: -20, max: 20, noNaN: true }), few, few);
		const rules = fc.record({
			temperature: fc.constantFrom(0.1, 0.7, 1, 1e17),
			topK: fc.oneof(fc.nat(12), fc.nat(400)),
			topP: fc.oneof(fc.constant(1), fc.double({ min: 0.01, max: 0.99, noNaN: true })),
			minP: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1, noNaN: true })),
		});
		const property = fc.property(fc.array(any, { maxLength: 400 }), rules, (values, rule) => {
			const scores = Float32Array.of(1, ...values);
			// With top-k alone a token that is no number is left out; without, all shares would be none.
			const usable = rule.topK > 0 && rule.topK < scores.length ? scores : scores.map((score) => score || 0);
			deepEqual(candidates(usable, sampled(rule)), sorted(usable, rule));
		});
		fc.assert(property, { numRuns: 2_000 });
	});

	it("draws among 152,000 tokens in a fraction of what a model takes", () => {
		const random = seededRandom(3);
		const large = Float32Array.from({ length: 151_936 }, () => 3 * random.normal());
		// Sorting all of them takes 100 ms and more.
		for (const { topK, most } of [
			{ topK: chatSampling.topK, most: 10 },
			{ topK: 0, most: 25 },
		]) {
			const sampler = createSampler({ ...chatSampling, topK });
			// Processor time of the best: a machine that does other things as well makes times longer.
			const times = Array.from({ length: 9 }, () => {
				const started = process.cpuUsage();
				sampler.pick(large);
				return process.cpuUsage(started).user / 1000;
			});
			ok(Math.min(...times) < most, `${times}`);
		}
	});
});

/** The filters one after another, as transformers has them. */
function sorted(logits: Float32Array, { temperature, topK, topP, minP }: Pick<Sampling, Filters>) {
	const most = Math.max(...logits.filter((logit) => !Number.isNaN(logit)));
	const all = Array.from(logits, (logit, id) => ({ id, share: Math.exp((logit - most) / temperature) }));
	const sum = (shares: readonly { readonly share: number }[]) => shares.reduce((total, { share }) => total + share, 0);
	const limited = topK > 0 && topK < all.length;
	let left = all.filter(({ share }) => share > 0);
	if (limited || topP < 1) left.sort((a, b) => b.share - a.share || a.id - b.id);
	if (limited) left = left.slice(0, topK);
	if (topP < 1) {
		const wanted = topP * sum(limited ? left : all);
		left = left.filter((_, at) => at === 0 || sum(left.slice(0, at)) < wanted);
	}
	return left.filter(({ share }) => share >= minP);
}
