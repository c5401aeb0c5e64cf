/** A run while it lasts: how far it is, what it has counted, its curves, and what can be done about it. */
import { type FromPage, type LiveRun, type Stage, stages } from "#protocol/learningPage";
import { button, element } from "./element.ts";
import { duration, percent, size } from "./figures.ts";
import { Curves } from "./learningCurves.ts";
import { t } from "./words.ts";

type Post = (message: FromPage) => void;

export class LiveView {
	readonly root: HTMLElement;
	readonly #stages: ReadonlyMap<Stage, HTMLElement>;
	readonly #headline = element("h2", {});
	readonly #line = element("p", { class: "quiet" });
	/** Read aloud: what the line says changes too often for that. */
	readonly #status = element("p", { class: "unseen", role: "status" });
	readonly #bar = element("progress", { max: 1, "aria-label": t("This stage") });
	readonly #facts = new Map<string, HTMLElement>();
	readonly #curves = new Curves({ losses: [], evaluations: [] });
	readonly #cancel: HTMLButtonElement;
	readonly #resume: HTMLButtonElement;
	readonly #adapt: HTMLButtonElement;
	readonly #running: HTMLElement;
	#live: LiveRun | null = null;

	constructor(post: Post) {
		this.#stages = new Map(stages.map((stage) => [stage, element("li", {}, stageWords(stage))]));
		this.#cancel = button(t("Cancel"), () => post({ kind: "cancel" }));
		this.#resume = button(t("Resume"), () => post({ kind: "resume" }), { class: "primary" });
		this.#adapt = button(t("Adapt to Workspace"), () => post({ kind: "adapt" }), { class: "primary" });
		const files = button(t("What is read"), () => post({ kind: "showFiles" }));
		const facts = factNames().map(([key, name]) => {
			const value = element("dd", {}, "–");
			this.#facts.set(key, value);
			return element("div", { class: "fact" }, element("dt", {}, name), value);
		});
		this.#running = element(
			"div",
			{},
			element("ol", { class: "stages", "aria-label": t("Stages") }, ...this.#stages.values()),
			this.#bar,
			element("dl", { class: "facts" }, ...facts),
			this.#curves.root,
		);
		this.root = element(
			"div",
			{ class: "live" },
			this.#headline,
			this.#line,
			this.#status,
			element("div", { class: "actions" }, this.#cancel, this.#resume, this.#adapt, files),
			this.#running,
		);
		this.update(null);
		// Time passes between two parts, too.
		setInterval(() => this.#tick(), 1_000);
	}

	update(live: LiveRun | null): void {
		this.#live = live;
		const goesOn = live?.state === "running";
		setText(this.#headline, headline(live));
		setText(this.#line, live === null ? t("Attune has not learned anything in this window yet.") : lineOf(live));
		setText(this.#status, goesOn ? stageWords(live.stage) : `${headline(live)}. ${this.#line.textContent}`);
		this.#cancel.hidden = !goesOn;
		this.#resume.hidden = live === null || goesOn || live.state === "done";
		this.#adapt.hidden = goesOn || !this.#resume.hidden;
		this.#running.hidden = live === null;
		if (live === null) return;
		const current = stages.indexOf(live.stage);
		for (const [i, stage] of stages.entries()) {
			const item = this.#stages.get(stage);
			const past = i < current || live.state === "done";
			item?.setAttribute("class", past ? "past" : i === current ? "current" : "coming");
			if (i === current && goesOn) item?.setAttribute("aria-current", "step");
			else item?.removeAttribute("aria-current");
		}
		if (live.total !== null && live.total > 0) this.#bar.value = Math.min(1, live.done / live.total);
		else if (goesOn) this.#bar.removeAttribute("value");
		this.#bar.hidden = !goesOn;
		this.#curves.update(live.now);
		this.#tick();
	}

	#tick(): void {
		const live = this.#live;
		if (live === null) return;
		const { now, model, device, rssMiB, estimate } = live;
		const seconds = ((live.endedMs ?? Date.now()) - live.startedMs) / 1000;
		const values: Readonly<Record<string, string>> = {
			scored: String(now.scored),
			selected: String(now.selected),
			learned: String(now.learned),
			memory: rssMiB === null ? "–" : size(rssMiB * 2 ** 20),
			model: model ?? "–",
			device: device ?? "–",
			elapsed: duration(seconds),
			estimate:
				estimate === null ? "–" : t("{0}, {1}", duration(estimate.seconds.total), size(estimate.memoryMiB * 2 ** 20)),
		};
		for (const [key, value] of Object.entries(values)) {
			const field = this.#facts.get(key);
			if (field !== undefined) setText(field, value);
		}
	}
}

function factNames(): readonly (readonly [key: string, name: string])[] {
	return [
		["scored", t("windows scored")],
		["selected", t("windows selected")],
		["learned", t("windows learned")],
		["memory", t("memory")],
		["model", t("model")],
		["device", t("device")],
		["elapsed", t("time so far")],
		["estimate", t("estimated")],
	];
}

function stageWords(stage: Stage): string {
	const words: Readonly<Record<Stage, string>> = {
		reading: t("Read"),
		judgingBefore: t("Judge before"),
		scoring: t("Score"),
		learning: t("Learn"),
		judgingAfter: t("Judge after"),
	};
	return words[stage];
}

function headline(live: LiveRun | null): string {
	if (live === null) return t("Nothing is being learned");
	const words: Readonly<Record<LiveRun["state"], string>> = {
		running: t("Learning"),
		done: t("Done"),
		stopped: t("Stopped"),
		failed: t("It did not work"),
		interrupted: t("Interrupted"),
	};
	return words[live.state];
}

function lineOf(live: LiveRun): string {
	switch (live.state) {
		case "failed":
			return live.problem;
		case "stopped":
			return t("What was learned is kept: it goes on from there when you resume.");
		case "interrupted":
			return t("The window was closed while it learned. It can go on from its last checkpoint.");
		case "done":
			return t("The report says what it gained.");
		case "running":
			return runningLine(live);
	}
}

function runningLine({ stage, done, total, rate, secondsLeft, restarts }: LiveRun): string {
	const share = total === null || total === 0 ? undefined : Math.min(1, done / total);
	const parts = [
		`${stageWords(stage)}: ${share === undefined ? done : percent(share)}`,
		rate === null ? "" : t("{0} a second", rate >= 10 ? rate.toFixed(0) : rate.toFixed(1)),
		secondsLeft === null ? "" : t("{0} left of this stage", duration(Math.max(1, secondsLeft))),
		restarts === 0 ? "" : t("its process ended, and it went on from its checkpoint"),
	];
	return parts.filter(Boolean).join(" · ");
}

/** Leaves a node alone that says so already: what has not changed is not read aloud again. */
function setText(node: HTMLElement, text: string): void {
	if (node.textContent !== text) node.textContent = text;
}
