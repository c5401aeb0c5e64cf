/** What a change of the document means for the suggestion that is on the screen. */

export type Followed =
	/** What is typed is what was suggested; `rest` is still shown. */
	| { readonly kind: "follows"; readonly rest: string }
	/** All of it stands in the document now. */
	| { readonly kind: "taken" }
	/** Something else was typed, or deleted. */
	| { readonly kind: "passed" };

/** `rest`: what of the suggestion is not in the document yet; `inserted`: the change's text. */
export function follow(rest: string, inserted: string): Followed {
	// Taking an item may bring in what it stands in the place of, too: the editor's own list, or the end of the line.
	if (inserted !== "" && inserted.includes(rest)) return { kind: "taken" };
	if (inserted !== "" && rest.startsWith(inserted)) return { kind: "follows", rest: rest.slice(inserted.length) };
	// Editors put the closing mark behind the opening one by themselves.
	const opening = /^[([{"'`][)\]}"'`]$/.test(inserted) ? inserted.charAt(0) : undefined;
	if (opening !== undefined && rest.startsWith(opening)) return { kind: "follows", rest: rest.slice(1) };
	return { kind: "passed" };
}
