/** How often a missing line is written exactly: with and without what stands behind it, with and without an adapter. */
import { type CompletionPorts, completeAt } from "#assist/complete";
import { defaultSettings, type Situation } from "#assist/situation";
import { type CancelToken, throwIfCancelled } from "#base/cancel";
import { AttuneError } from "#base/errors";
import { type CompletionModelRequest, openCompletion } from "../openCompletion.ts";
import { type InfillingCase, readInfillingCases, spread } from "./cases.ts";

export interface InfillingRequest extends CompletionModelRequest {
	/** A .jsonl or .jsonl.gz file, or a folder of them. */
	readonly path: string;
	/** Most cases, spread evenly over the file. */
	readonly limit: number | undefined;
	readonly cancel: CancelToken;
	readonly onCase: (done: number, all: number) => void;
}

export interface InfillingArm {
	readonly mode: "infill" | "prefixOnly";
	readonly adapter: "on" | "off";
	readonly cases: number;
	readonly exact: number;
	/** Share of exact lines with its 95 % interval (Wilson). Blanks around a line do not count. */
	readonly exactMatch: number;
	readonly interval: readonly [low: number, high: number];
	/** Cases without a suggestion, by reason. */
	readonly silent: Readonly<Record<string, number>>;
	/** Median milliseconds of a case. */
	readonly milliseconds: number;
}

export interface InfillingResult {
	readonly model: string;
	readonly cases: number;
	readonly arms: readonly InfillingArm[];
}

export async function evaluateInfilling(request: InfillingRequest): Promise<InfillingResult> {
	const cases = spread(readInfillingCases(request.path), request.limit);
	const opened = await openCompletion(request);
	try {
		const sides = request.adapter === undefined ? (["off"] as const) : (["off", "on"] as const);
		const base = opened.ports("off");
		if (base.format === undefined)
			throw new AttuneError("unsupported", `${opened.model.name} has no infilling format`, {
				remedy: "Choose a model that was trained to infill, such as Qwen2.5-Coder or the starter.",
			});
		const plans = sides.flatMap((adapter) => {
			const ports = opened.ports(adapter);
			return [
				{ mode: "infill", adapter, ports },
				{ mode: "prefixOnly", adapter, ports: { ...ports, format: undefined } },
			] as const;
		});
		const arms: InfillingArm[] = [];
		for (const { mode, adapter, ports } of plans) {
			const onCase = (done: number) => request.onCase(arms.length * cases.length + done, plans.length * cases.length);
			arms.push({ mode, adapter, ...(await runArm(cases, ports, request.cancel, onCase)) });
		}
		return { model: opened.model.name, cases: cases.length, arms };
	} finally {
		await opened.release();
	}
}

const settings = {
	...{ ...defaultSettings, oneLine: true, threshold: 0, deadline: Number.POSITIVE_INFINITY },
};

async function runArm(
	cases: readonly InfillingCase[],
	ports: CompletionPorts,
	cancel: CancelToken,
	onCase: (done: number) => void,
): Promise<Omit<InfillingArm, "mode" | "adapter">> {
	let exact = 0;
	const silent: Record<string, number> = {};
	const times: number[] = [];
	for (const [i, { prefix, suffix, line }] of cases.entries()) {
		throwIfCancelled(cancel);
		const started = performance.now();
		// The missing line is an empty one, with the cursor at its start.
		const situation: Situation = {
			...{ path: "solution.py", language: "python", text: `${prefix}\n${suffix}`, offset: prefix.length },
			...{ trigger: "typing", repository: "evaluation", files: [], recent: [] },
		};
		const outcome = await completeAt(situation, settings, ports, 0, cancel);
		times.push(performance.now() - started);
		if (outcome.kind === "silence") {
			if (outcome.reason === "cancelled") throwIfCancelled(cancel);
			silent[outcome.reason] = (silent[outcome.reason] ?? 0) + 1;
		} else if (outcome.text.trim() === line.trim()) exact++;
		onCase(i + 1);
	}
	const median = times.sort((a, b) => a - b)[times.length >> 1] ?? 0;
	const counts = { cases: cases.length, exact, exactMatch: exact / cases.length };
	return { ...counts, interval: wilson(exact, cases.length), silent, milliseconds: median };
}

/** 95 % interval of a share (Wilson 1927): right also near 0 and 1. */
export function wilson(hits: number, count: number): readonly [number, number] {
	const z = 1.96;
	const share = hits / count;
	const middle = (share + z ** 2 / (2 * count)) / (1 + z ** 2 / count);
	const half = (z * Math.sqrt((share * (1 - share)) / count + z ** 2 / (4 * count ** 2))) / (1 + z ** 2 / count);
	return [Math.max(0, middle - half), Math.min(1, middle + half)];
}
