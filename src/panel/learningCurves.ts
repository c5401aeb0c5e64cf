/** The curves of a run: each is drawn, and laid out as a table beside it. */
import uPlot from "uplot";
import { element } from "./element.ts";
import { t } from "./words.ts";

interface Point {
	readonly step: number;
	readonly loss: number;
}

export interface CurveData {
	readonly losses: readonly Point[];
	readonly evaluations: readonly Point[];
}

interface Kind {
	readonly title: string;
	readonly note: string;
	readonly of: (loss: number) => number;
	readonly digits: number;
}

/** Rows of a table that somebody reads or hears; the plot has all points. */
const mostRows = 40;
const height = 190;

/** Loss and perplexity. `update` draws what has come since. */
export class Curves {
	readonly root: HTMLElement;
	readonly #charts: readonly Chart[];

	constructor(data: CurveData) {
		const kinds: readonly Kind[] = [
			{
				title: t("Loss"),
				note: t("nats per token; less is better"),
				...{ of: (loss) => loss, digits: 3 },
			},
			{
				title: t("Perplexity"),
				note: t("per token; 1 would be certainty"),
				...{ of: Math.exp, digits: 2 },
			},
		];
		this.#charts = kinds.map((kind) => new Chart(kind));
		this.root = element("div", { class: "curves" }, ...this.#charts.map(({ root }) => root));
		this.update(data);
	}

	update(data: CurveData): void {
		for (const chart of this.#charts) chart.update(data);
	}
}

class Chart {
	readonly root: HTMLElement;
	readonly #kind: Kind;
	readonly #plot: HTMLElement;
	readonly #body: HTMLTableSectionElement;
	#uplot: uPlot | undefined;
	#data: CurveData = { losses: [], evaluations: [] };

	constructor(kind: Kind) {
		this.#kind = kind;
		this.#plot = element("div", { class: "plot", "aria-hidden": "true" });
		this.#body = element("tbody");
		const head = element(
			"tr",
			{},
			...[t("step"), t("learned from"), t("not learned from")].map((name) => element("th", { scope: "col" }, name)),
		);
		this.root = element(
			"figure",
			{ class: "curve" },
			element("figcaption", {}, element("h3", {}, kind.title), element("span", { class: "quiet" }, kind.note)),
			this.#plot,
			element(
				"div",
				{ class: "legend", "aria-hidden": "true" },
				element("span", { class: "key learned" }, t("what it learns from, before each step")),
				element("span", { class: "key judged" }, t("text it does not learn from")),
			),
			element(
				"details",
				{},
				element("summary", {}, t("{0} as a table", kind.title)),
				element("table", {}, element("thead", {}, head), this.#body),
			),
		);
		new ResizeObserver(() => this.#draw()).observe(this.#plot);
		// The editor's theme is on the body; a canvas does not follow it by itself.
		new MutationObserver(() => this.#draw(true)).observe(document.body, { attributeFilter: ["class"] });
	}

	update(data: CurveData): void {
		if (data.losses === this.#data.losses && data.evaluations === this.#data.evaluations) return;
		this.#data = data;
		this.#draw();
		this.#tabulate();
	}

	#draw(anew = false): void {
		const width = this.#plot.clientWidth;
		if (width === 0) return;
		if (anew) {
			this.#uplot?.destroy();
			this.#uplot = undefined;
		}
		const data = aligned(this.#data, this.#kind.of);
		if (this.#uplot === undefined) this.#uplot = new uPlot(options(width), data, this.#plot);
		else {
			if (this.#uplot.width !== width) this.#uplot.setSize({ width, height });
			this.#uplot.setData(data);
		}
	}

	#tabulate(): void {
		const { of, digits } = this.#kind;
		const judged = new Map(this.#data.evaluations.map(({ step, loss }) => [step, of(loss).toFixed(digits)]));
		const learned = new Map(this.#data.losses.map(({ step, loss }) => [step, of(loss).toFixed(digits)]));
		const every = Math.ceil(learned.size / mostRows);
		const shown = [...learned.keys()].filter((_, i) => i % every === every - 1);
		const steps = [...new Set([...shown, ...judged.keys()])].sort((a, b) => a - b);
		this.#body.replaceChildren(
			...steps.map((step) =>
				element(
					"tr",
					{},
					element("th", { scope: "row" }, String(step)),
					element("td", {}, learned.get(step) ?? ""),
					element("td", {}, judged.get(step) ?? ""),
				),
			),
		);
	}
}

function aligned({ losses, evaluations }: CurveData, of: (loss: number) => number): uPlot.AlignedData {
	const learned = new Map(losses.map(({ step, loss }) => [step, of(loss)]));
	const judged = new Map(evaluations.map(({ step, loss }) => [step, of(loss)]));
	const steps = [...new Set([...learned.keys(), ...judged.keys()])].sort((a, b) => a - b);
	return [steps, steps.map((step) => learned.get(step) ?? null), steps.map((step) => judged.get(step) ?? null)];
}

/** Between two marks of the axis of steps: there is no half a step. */
const wholeSteps = [1, 10, 100, 1_000, 10_000].flatMap((power) => [power, 2 * power, 5 * power]);

function options(width: number): uPlot.Options {
	const style = getComputedStyle(document.body);
	const colour = (name: string, fallback: string) => style.getPropertyValue(name).trim() || fallback;
	const text = colour("--vscode-foreground", "#888");
	const grid = colour("--plot-grid", "rgba(128, 128, 128, 0.25)");
	const font = `11px ${style.fontFamily}`;
	const axis = { stroke: text, font, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 } };
	return {
		...{ width, height, legend: { show: false }, scales: { x: { time: false } } },
		cursor: { show: false },
		axes: [
			{ ...axis, size: 28, incrs: wholeSteps },
			{ ...axis, size: 54 },
		],
		series: [
			{},
			{ stroke: colour("--plot-learned", "#888"), width: 1.5, points: { show: false }, spanGaps: true },
			{ stroke: colour("--plot-judged", "#e80"), width: 2.5, points: { show: true, size: 6 }, spanGaps: true },
		],
	};
}
