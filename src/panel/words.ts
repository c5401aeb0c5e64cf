/** The page's words in the user's language: the extension puts its bundle of translations on the page. */

let bundle: Readonly<Record<string, string>> = {};

/** `json`: message to translation, as in `vscode.l10n.bundle`. */
export function useWords(json: string | undefined): void {
	bundle = json === undefined || json === "" ? {} : JSON.parse(json);
}

/** The message translated, {0}, {1}, ... replaced. */
export function t(message: string, ...values: readonly (string | number)[]): string {
	return (bundle[message] ?? message).replace(/\{(\d+)\}/g, (whole, index) => String(values[Number(index)] ?? whole));
}
