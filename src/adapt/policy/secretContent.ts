import { markedSecret, tokenSecret } from "./secretFormats.ts";
import { isPlaceholder, looksChosen, looksRandom } from "./secretValue.ts";

/**
 * The kind of secret a text seems to hold, if any: a name of the rule, never the text. Formats are those their issuers document;
 * a value assigned to a name like `password` or `api_key` counts when it looks made by a machine or chosen by a person.
 * `plainValues`: unquoted values are values too, as in .env, YAML or INI files.
 */
export function secretIn(text: string, plainValues: boolean): string | undefined {
	const known = markedSecret(text) ?? tokenSecret(text);
	if (known !== undefined) return known;
	const assigned = hasQuotedSecret(text) || (plainValues && hasUnquotedSecret(text));
	return assigned ? "value of a name used for secrets" : undefined;
}

/** What stands between a name and the quote that opens its value. */
const sign = /[=:>]\s{0,8}[rbfu@]?$/;
const signEnd = /[=:>\srbfu@]/;
const longestSign = 10;
const quotedValue = /^[^"'`\s\\]{8,200}$/;
/** An assigned value without quotes, which ends its line. Names are looked up before values, since they are slower to find. */
const unquoted = /[=:][ \t]{0,8}([^\s"'`#;,(){}<>]{8,200})[ \t]*\r?$/gm;
const furthestName = 100;

/** What stands before the sign: the name and what follows it in the same word, then brackets and a type. */
const secretName = new RegExp(
	"(passw(?:or)?d|passphrase|passwd|pwd|secret|token|credential|(?:api|access|auth|private|encryption|signing|account)[_-]?key)" +
		String.raw`([\w-]{0,40})["'\]]{0,3}(?:\s{0,4}:\s{0,4}[A-Za-z]{1,12})?\s{0,8}[:=]?$`,
	"i",
);

/** Ends of names that say that the value is about a secret rather than one. */
const aboutSecret = new RegExp(
	[
		"(?:hash|sha\\d*|digest|checksum|fingerprint|ids?|name|type|kind|version|address|ur[il]|path|file|dir|arn|field|label|hint",
		"regexp?|pattern|policy|input|param|prompt|message|msg|error|title|text|var|header|class|expir(?:es|y|ation)|ttl|length|len",
		"size|count|format|prefix|suffix|separator|izer|ize|ization|s)$",
	].join("|"),
	"i",
);

/** Goes from quote to quote, which are found far faster than a pattern is. */
function hasQuotedSecret(text: string): boolean {
	for (const quote of ['"', "'", "`"]) {
		let close = -1;
		for (let open = text.indexOf(quote); open >= 0; open = close) {
			close = text.indexOf(quote, open + 1);
			if (close - open < 9 || close - open > 201 || !signEnd.test(text.charAt(open - 1))) continue;
			const before = sign.exec(text.slice(Math.max(0, open - longestSign), open));
			const value = text.slice(open + 1, close);
			if (before === null || !quotedValue.test(value)) continue;
			if (isAssignedSecret(text, open - before[0].length, value)) return true;
			// A quote that ends a value begins none.
			close = text.indexOf(quote, close + 1);
		}
	}
	return false;
}

function hasUnquotedSecret(text: string): boolean {
	for (const match of text.matchAll(unquoted)) if (isAssignedSecret(text, match.index, match[1] ?? "")) return true;
	return false;
}

/** Whether the value after the sign at `at` looks like a secret and has the name of one. */
function isAssignedSecret(text: string, at: number, value: string): boolean {
	if (!/\d/.test(value) || !/[A-Za-z]/.test(value) || /^0x/i.test(value)) return false;
	const before = text.slice(Math.max(0, at - furthestName), at);
	const [whole = "", name = "", after = ""] = secretName.exec(before) ?? [];
	if (name === "" || aboutSecret.test(after) || isPlaceholder(value)) return false;
	// .NET and others publish tokens of public keys.
	if (/public[-_]?(?:key)?[-_]?$/i.test(before.slice(0, -whole.length))) return false;
	return looksRandom(value) || (/^p(?:ass|wd)/i.test(name) && looksChosen(value));
}
