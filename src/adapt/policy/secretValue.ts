/** Telling a machine-made or chosen secret from the ordinary strings that stand beside words like "token" and "password". */

/** Shannon entropy of the characters, bits per character. */
export function entropy(value: string): number {
	const counts = new Map<string, number>();
	for (const char of value) counts.set(char, (counts.get(char) ?? 0) + 1);
	let bits = 0;
	for (const count of counts.values()) bits -= (count / value.length) * Math.log2(count / value.length);
	return bits;
}

/** A value written to be replaced, computed, or shown in a document. */
export function isPlaceholder(value: string): boolean {
	return placeholder.test(value) || isSequence(value);
}

/**
 * A value no person would write: 16 or more characters of base64, base62 or hex with letters and digits well mixed. Names,
 * paths, versions and words joined by dashes have long runs of letters; keys do not.
 */
export function looksRandom(value: string): boolean {
	if (value.length < 16 || !/^[A-Za-z0-9+/=_.~!@#$%^&*-]+$/.test(value)) return false;
	const digits = value.replace(/\D/g, "").length;
	const letters = value.replace(/[^A-Za-z]/g, "").length;
	if (digits < 2 || letters < 2 || isSequence(value)) return false;
	if (/^[0-9a-f]+$|^[0-9A-F]+$/.test(value)) return value.length >= 20 && entropy(value) >= 3;
	if (uuid.test(value)) return entropy(value) >= 3;
	return entropy(value) >= 3.5 && longestWord(value) <= Math.max(5, value.length / 6);
}

/** A value a person might choose as a password: letters and digits or signs mixed, and neither a name nor a path. */
export function looksChosen(value: string): boolean {
	if (value.length < 8 || value.length > 128 || /\s/.test(value)) return false;
	if (!/[A-Za-z]/.test(value) || !/[0-9]/.test(value) || entropy(value) < 2.7) return false;
	return !(isJoinedWords(value) || pathLike.test(value) || calls.test(value) || dateLike.test(value));
}

const placeholder = new RegExp(
	[
		"example|sample|change[-_.]?(?:me|this|it)|placeholder|your[-_.]?|dummy|fake|mock|foo|bar|redact|censor|xxx|to-?do|insert",
		"replace|test|demo|secret|password|passwd|token|none|null|undefined|default|hidden|invalid|unset|random|string|value",
		String.raw`\*\*\*|\.\.\.|^[<{[(]|\$\{|\{\{|\$\(|%[sdv({]|%\w+%|\{\w*\}|process\.env|os\.environ|^\$\w+$|^@\w+@$`,
	].join("|"),
	"i",
);
const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const pathLike = /^(?:[a-z][a-z0-9+.-]*:\/\/|\.{0,2}\/|[A-Za-z]:\\|#|&)|\.[a-z]{2,4}$/;
const calls = /[()[\]{};<>]|=>|::|->/;
const dateLike = /^\d{4}-\d\d-\d\d|^v?\d+(?:\.\d+)+/;

/** Words joined by signs or capitals: `reset-password-v2`, `userName2`. */
function isJoinedWords(value: string): boolean {
	const parts = value.split(/[-_.:/]+/);
	if (parts.length > 1)
		return parts.every((part) => /^(?:[A-Z]?[a-z]+(?:[A-Z][a-z]+)*\d{0,2}|[A-Z]+\d{0,2}|\d{0,3})$/.test(part));
	return /^[A-Za-z][a-z]+(?:[A-Z][a-z]+)+\d{0,2}$/.test(value);
}

/** Most neighbours are one apart or equal: alphabets, counters, fillers. */
function isSequence(value: string): boolean {
	let steps = 0;
	for (let i = 1; i < value.length; i++) {
		const step = value.charCodeAt(i) - value.charCodeAt(i - 1);
		if (step >= -1 && step <= 1) steps++;
	}
	return steps > 0.45 * (value.length - 1);
}

/** Length of the longest run of letters that could be a word: one case, or a capital followed by small ones. */
function longestWord(value: string): number {
	let longest = 0;
	for (const [run] of value.matchAll(/[A-Z]?[a-z]+|[A-Z]+/g)) if (run.length > longest) longest = run.length;
	return longest;
}
