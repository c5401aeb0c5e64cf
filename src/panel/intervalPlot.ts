/** Changes with their 95 % intervals, one under the other: what touches the line in the middle may be noise. */
import { element } from "./element.ts";
import type { Bar } from "./readings.ts";

const [width, height, edge] = [180, 18, 4];

/** The picture of one row, to be put beside its numbers; the numbers say the same, so it is not read aloud. */
export function intervalPicture(bar: Bar, reach: number): HTMLElement {
	const x = (value: number): number => width / 2 + (Math.max(-1, Math.min(1, value / reach)) * (width - 2 * edge)) / 2;
	const middle = height / 2;
	const picture = shape("svg", {
		...{ class: `interval ${bar.kind}`, viewBox: `0 0 ${width} ${height}`, width, height },
		"aria-hidden": "true",
	});
	picture.append(
		shape("line", { class: "zero", x1: width / 2, x2: width / 2, y1: 0, y2: height }),
		shape("line", { class: "range", x1: x(bar.low), x2: x(bar.high), y1: middle, y2: middle }),
		...[bar.low, bar.high].map((end) =>
			shape("line", { class: "range", x1: x(end), x2: x(end), y1: middle - 4, y2: middle + 4 }),
		),
		shape("circle", { class: "mean", cx: x(bar.mean), cy: middle, r: 3.5 }),
	);
	return element("span", { class: "picture" }, picture);
}

function shape(name: string, attributes: Readonly<Record<string, string | number>>): SVGElement {
	const made = document.createElementNS("http://www.w3.org/2000/svg", name);
	for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
	return made;
}
