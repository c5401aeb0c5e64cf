import type { CheckpointStore, TrainingState } from "#adapt/checkpoint";
import { adaptOffline } from "#adapt/offline";
import type { Preset } from "#adapt/preset";
import { codePreset } from "#adapt/preset";
import type { ScoreCache } from "#adapt/scoring";
import type { WindowSum } from "#adapt/select";
import type { AdaptInput } from "#adapt/session";
import type { SourceFile } from "#adapt/source";
import { neverCancelled } from "#base/cancel";
import type { Clock } from "#base/clock";
import { FakeLearner, type FakeOptions } from "#test/adapt/fakeLearner";
import { fakeTokenizer, fakeVocabulary } from "#test/adapt/fakeTokenizer";
import { feedOf } from "#test/adapt/project";

/** General text: what the fake base was trained on, and a guard that must not get worse. */
export const generalText = Array.from(
	{ length: 40 },
	(_, i) => `The ${["quick", "old", "grey"][i % 3]} fox ran over hill ${i}, and nobody saw it there again.\n`,
).join("");

export class MemoryCache implements ScoreCache {
	readonly sums = new Map<string, WindowSum>();
	get(key: string): WindowSum | undefined {
		return this.sums.get(key);
	}
	put(key: string, sum: WindowSum): void {
		// As a file would keep it.
		this.sums.set(key, JSON.parse(JSON.stringify(sum)));
	}
}

export class MemoryCheckpoint implements CheckpointStore {
	readonly saved: TrainingState[] = [];
	async load(): Promise<TrainingState | undefined> {
		return this.saved.at(-1);
	}
	async save(state: TrainingState): Promise<void> {
		this.saved.push(structuredClone(state));
	}
}

/** A clock that only the learner moves. */
export class StepClock implements Clock {
	time = 0;
	seconds(): number {
		return this.time;
	}
	now(): number {
		return this.time * 1_000;
	}
}

const base = fakeTokenizer().encode(generalText);

export function learnerOf(options: Partial<FakeOptions> = {}): FakeLearner {
	return new FakeLearner({ vocabulary: fakeVocabulary, base, ...options });
}

export function inputOf(files: readonly SourceFile[], options: Partial<AdaptInput> = {}): AdaptInput {
	return {
		feed: feedOf(files),
		tokenizer: fakeTokenizer(),
		learner: learnerOf(),
		preset: codePreset,
		modelId: "fake",
		seed: 1,
		budget: { minutes: null, updates: 40 },
		guard: [{ name: "guard.txt", text: generalText }],
		sizes: { process: 2 ** 20, weights: 2 ** 20, adapter: 2 ** 20, scoredRow: 256, learnedRow: 1_024 },
		cache: new MemoryCache(),
		checkpoint: new MemoryCheckpoint(),
		resume: false,
		clock: new StepClock(),
		cancel: neverCancelled,
		onProgress: () => {},
		onEstimate: () => {},
		onLearning: () => {},
		...options,
	};
}

/** `code` with a guard bound that a table of bigrams can keep, which has no way to tell a project from the rest, and with a rate that is that table's own. */
export const tolerant: Preset = {
	...codePreset,
	offline: { ...codePreset.offline, learningRate: 2e-4 },
	judging: { ...codePreset.judging, guardBound: 0.2 },
};

export const adapt = (files: readonly SourceFile[], options: Partial<AdaptInput> = {}) =>
	adaptOffline(inputOf(files, options));
