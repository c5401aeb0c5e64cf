/** How the learning rate goes over a run. */
export interface Schedule {
	readonly kind: "cosine" | "constant";
	/** Share of the steps that warm up. */
	readonly warmup: number;
	/**
	 * What the first step gets: `zero` as transformers' `get_cosine_schedule_with_warmup` does (its first step changes
	 * nothing), `first` one part of the ramp, so that a run of one step learns.
	 */
	readonly from: "zero" | "first";
}

/** Factor of the peak rate for `step` (from 0; fractions are fine) of `total`. */
export function rateFactor(schedule: Schedule, step: number, total: number): number {
	if (schedule.kind === "constant") return 1;
	const shift = schedule.from === "first" ? 1 : 0;
	const warmup = Math.ceil(total * schedule.warmup);
	if (step < warmup) return Math.min(1, (step + shift) / Math.max(1, warmup));
	const progress = (step - warmup) / Math.max(1, total - warmup);
	return Math.max(0, 0.5 * (1 + Math.cos(Math.PI * Math.min(1, progress))));
}
