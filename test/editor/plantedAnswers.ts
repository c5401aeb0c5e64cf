/** Answers that are written into a conversation that is kept, in place of what a small model said. */

/** What a model could answer at its worst. */
export const hostile =
	'<img src="https://a.example/x.png" onerror="alert(1)"> <script>alert(1)</script> [a](command:quit) ![b](https://a.example/c)';
export const reworded = "How would total be with reduce?";
/** Answers that with code that changes a declaration of the open file. */
export const planted = [
	"The loop adds up what each item costs. `reduce` says the same in one expression:",
	"",
	"```ts",
	"export function total(items: readonly Item[]): number {",
	"\treturn items.reduce((sum, { price, count }) => sum + price * count, 0);",
	"}",
	"```",
].join("\n");
