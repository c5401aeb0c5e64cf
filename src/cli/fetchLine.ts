import type { FetchProgress } from "#protocol/store";
import { duration } from "./table.ts";

/** `model.safetensors  120 of 943 MB, 11.2 MB a second, 1 min 13 s left`. */
export function fetchLine({ file, done, total, rate, secondsLeft }: FetchProgress): string {
	const mega = (bytes: number, digits: number): string => (bytes / 1e6).toFixed(digits);
	const digits = (total ?? done) < 10e6 ? 1 : 0;
	const count = total === undefined ? `${mega(done, digits)} MB` : `${mega(done, digits)} of ${mega(total, digits)} MB`;
	const speed = rate === undefined ? "" : `, ${mega(rate, 1)} MB a second`;
	const left = secondsLeft === undefined ? "" : `, ${duration(secondsLeft)} left`;
	return `${file}  ${count}${speed}${left}`;
}
