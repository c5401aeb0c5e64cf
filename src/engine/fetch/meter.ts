/** How far a fetch is, how fast, and how long it will take. */
import type { Clock } from "#base/clock";
import type { FetchProgress } from "#protocol/store";
import type { HubFile } from "./repository.ts";

export interface FetchMeter {
	/** The files that will come: the total is known from now on, where the host says sizes. */
	expect(files: readonly HubFile[]): void;
	/** `bytes` of `file` are there; `received` of them by the network in this run. */
	at(file: string, bytes: number, received: number): void;
}

const windowSeconds = 5;
const everySeconds = 0.1;

export function meterOf(clock: Clock, onProgress: (progress: FetchProgress) => void): FetchMeter {
	const present = new Map<string, number>();
	const received = new Map<string, number>();
	const sizes = new Map<string, number | undefined>();
	const samples: { readonly seconds: number; readonly bytes: number }[] = [{ seconds: clock.seconds(), bytes: 0 }];
	let expected = false;
	let last = { file: "", seconds: 0 };

	const rate = (seconds: number, bytes: number): number | undefined => {
		samples.push({ seconds, bytes });
		while (samples.length > 2 && seconds - (samples[1]?.seconds ?? 0) > windowSeconds) samples.shift();
		const [first] = samples;
		return first === undefined || seconds - first.seconds < everySeconds
			? undefined
			: Math.max(0, (bytes - first.bytes) / (seconds - first.seconds));
	};

	return {
		expect(files) {
			for (const { path, bytes } of files) sizes.set(path, bytes);
			expected = true;
		},
		at(file, bytes, fromNetwork) {
			present.set(file, bytes);
			received.set(file, fromNetwork);
			const seconds = clock.seconds();
			if (file === last.file && seconds - last.seconds < everySeconds && bytes !== sizes.get(file)) return;
			last = { file, seconds };
			const done = sum(present.values());
			const unknown = !expected || [...sizes.values()].includes(undefined);
			const total = unknown ? undefined : sum(new Map([...present, ...(sizes as Map<string, number>)]).values());
			const speed = rate(seconds, sum(received.values()));
			const secondsLeft = total === undefined || !speed ? undefined : Math.max(0, total - done) / speed;
			onProgress({ file, done, total, rate: speed, secondsLeft });
		},
	};
}

function sum(values: Iterable<number>): number {
	let total = 0;
	for (const value of values) total += value;
	return total;
}
