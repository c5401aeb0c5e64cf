/** Consecutive layers that are run together or left out together, when rows are not taken through the whole model at once. */

/** Each costs a little of every token. */
const mostSections = 6;

/** The sections before the last layer, which is in none: no rows end before it. */
export function sectionsOf(layers: number): readonly (readonly number[])[] {
	const size = Math.ceil((layers - 1) / mostSections);
	const sections: number[][] = [];
	for (let first = 0; first < layers - 1; first += size)
		sections.push(Array.from({ length: Math.min(size, layers - 1 - first) }, (_, i) => first + i));
	return sections;
}

/** Input of the decode graph, one bool: whether the section is run. */
export function sectionInput(index: number): string {
	return `section.${index}`;
}
