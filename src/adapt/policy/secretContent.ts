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
	const assigned = hasAssignedSecret(text, quoted) || (plainValues && hasAssignedSecret(text, unquoted));
	return assigned ? "value of a name used for secrets" : undefined;
}

/** An assigned literal in quotes; groups: the quote, the value. Names are looked up before it, since they are slower to find. */
const quoted = /[=:>]\s{0,8}[rbfu@]?(["'`])([^"'`\s\\]{8,200})\1/g;
/** The same without quotes; the value ends its line. */
const unquoted = /[=:][ \t]{0,8}()([^\s"'`#;,(){}<>]{8,200})[ \t]*\r?$/gm;
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

function hasAssignedSecret(text: string, pattern: RegExp): boolean {
	for (const match of text.matchAll(pattern)) {
		const value = match[2] ?? "";
		if (!/\d/.test(value) || !/[A-Za-z]/.test(value) || /^0x/i.test(value)) continue;
		const before = text.slice(Math.max(0, match.index - furthestName), match.index);
		const [whole = "", name = "", after = ""] = secretName.exec(before) ?? [];
		if (name === "" || aboutSecret.test(after) || isPlaceholder(value)) continue;
		// .NET and others publish tokens of public keys.
		if (/public[-_]?(?:key)?[-_]?$/i.test(before.slice(0, -whole.length))) continue;
		if (looksRandom(value) || (/^p(?:ass|wd)/i.test(name) && looksChosen(value))) return true;
	}
	return false;
}
