/** How long some program's code held a process up without a break, read off a profile of the whole process. */
import type { Profiler } from "node:inspector/promises";
import { Session } from "node:inspector/promises";
import { defined } from "#base/assert";

/** Microseconds between looks at the stack. */
const interval = 500;
/** A look that came later than this found a process that the machine had put aside: code that runs for long is seen often. */
const late = 4 * interval;

/** Milliseconds of the longest time in a row that a function of `file` was on the stack, whoever it waited for or called, while `work` went on. */
export async function longestBlockBy(file: string, work: () => Promise<void>): Promise<number> {
	const session = new Session();
	session.connect();
	try {
		await session.post("Profiler.enable");
		await session.post("Profiler.setSamplingInterval", { interval });
		await session.post("Profiler.start");
		await work();
		const { profile } = await session.post("Profiler.stop");
		return longestStretch(profile, (url) => url.endsWith(file));
	} finally {
		session.disconnect();
	}
}

/** Of the samples whose stack holds a function of a file that `isWanted`; in milliseconds. */
export function longestStretch(
	{ nodes, samples = [], timeDeltas = [] }: Profiler.Profile,
	isWanted: (url: string) => boolean,
): number {
	const wanted = new Set<number>();
	const children = new Map(nodes.map((node) => [node.id, node.children ?? []]));
	const take = (id: number): void => {
		wanted.add(id);
		for (const child of children.get(id) ?? []) take(child);
	};
	for (const { id, callFrame } of nodes) if (isWanted(callFrame.url)) take(id);
	let [longest, stretch] = [0, 0];
	for (const [i, id] of samples.entries()) {
		// A sample stands for the time until the next one.
		const time = timeDeltas[i + 1] ?? defined(timeDeltas[i], "time");
		stretch = wanted.has(id) ? stretch + Math.min(late, time) : 0;
		longest = Math.max(longest, stretch);
	}
	return longest / 1000;
}
