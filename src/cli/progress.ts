import type { Progress } from "#adapt/progress";
import { duration } from "./table.ts";

const units: Readonly<Record<Progress["phase"], string>> = {
	reading: "files",
	scoring: "windows",
	learning: "steps",
	judging: "windows",
};

/** `learning  120 of 400 steps, 3.4 a second, 1 min 22 s left`. */
export function progressLine({ phase, done, total, rate, secondsLeft }: Progress): string {
	const count = total === undefined ? `${done} ${units[phase]}` : `${done} of ${total} ${units[phase]}`;
	const speed = rate === undefined ? "" : `, ${rate < 10 ? rate.toFixed(1) : rate.toFixed(0)} a second`;
	// Below a second it is over before it is read.
	const left = secondsLeft === undefined || secondsLeft < 1 ? "" : `, ${duration(secondsLeft)} left`;
	return `${phase.padEnd(8)}  ${count}${speed}${left}`;
}
