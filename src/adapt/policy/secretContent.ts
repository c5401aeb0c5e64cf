import { entropy, isPlaceholder, looksChosen, looksRandom } from "./secretValue.ts";

/**
 * The kind of secret a text seems to hold, if any: a name of the rule, never the text. Formats are those their issuers document;
 * a value assigned to a name like `password` or `api_key` counts when it looks made by a machine or chosen by a person.
 * `plainValues`: unquoted values are values too, as in .env, YAML or INI files.
 */
export function secretIn(text: string, plainValues: boolean): string | undefined {
	const suspicious = anyTrigger.test(text);
	for (const rule of formats) {
		if (!(suspicious || rule.common) || !text.includes(rule.trigger)) continue;
		for (const match of text.matchAll(rule.pattern)) if (rule.accept?.(match) ?? true) return rule.name;
	}
	if (hasAssignedSecret(text, quoted) || (plainValues && hasAssignedSecret(text, unquoted)))
		return "value of a name used for secrets";
	return undefined;
}

interface Format {
	readonly name: string;
	/** Text that every match holds: found far faster than the pattern. All rare ones are looked for at once, a common one alone. */
	readonly trigger: string;
	readonly common: boolean;
	readonly pattern: RegExp;
	readonly accept?: (match: RegExpMatchArray) => boolean;
}

const notExample = (match: RegExpMatchArray): boolean => !/example|xxxx|0{8}|1234567|abcdefg/i.test(match[0]);
const randomTail = (match: RegExpMatchArray): boolean => looksRandom(match[1] ?? "");

const keyBody = (match: RegExpMatchArray): boolean => entropy(match[1] ?? "") >= 3.5;

/** A password in a URL that is neither a variable nor one of the names everybody uses on their own machine. */
function realPassword(match: RegExpMatchArray): boolean {
	const [, user = "", password = ""] = match;
	if (password === user || password.length < 5 || isPlaceholder(password)) return false;
	return !/^(?:postgres|mysql|root|admin|guest|rabbitmq|mongo|redis|pass|pwd|user|local|dev|docker|\d{1,8})\w{0,2}$|^[$%{<:]/i.test(
		password,
	);
}

const format = (name: string, trigger: string, pattern: RegExp, accept: Format["accept"] = notExample): Format => ({
	name,
	trigger,
	common: trigger === "://",
	pattern,
	accept,
});

const formats: readonly Format[] = [
	// A mere mention of the header (code that parses keys) is followed by no key.
	format(
		"private key",
		" PRIVATE KEY",
		/-{5}BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-{5}[\s\S]{1,300}?([A-Za-z0-9+/]{40})/g,
		keyBody,
	),
	format("private key", "PuTTY-User-Key-File", /PuTTY-User-Key-File-\d: \S+[\s\S]{0,2000}Private-Lines: \d/g),
	format("AWS access key", "AKIA", /\bAKIA[A-Z2-7]{16}\b/g),
	format("AWS access key", "ASIA", /\bASIA[A-Z2-7]{16}\b/g),
	...["ghp_", "gho_", "ghu_", "ghs_", "ghr_"].map((start) =>
		format("GitHub token", start, /\bgh[pousr]_[A-Za-z0-9]{36,255}\b/g),
	),
	format("GitHub token", "github_pat_", /\bgithub_pat_[A-Za-z0-9_]{40,255}\b/g),
	format("GitLab token", "glpat-", /\bglpat-[A-Za-z0-9_-]{20,}/g),
	format("Slack token", "xox", /\bxox[abeoprs]-(?:\d+-)?[A-Za-z0-9-]{16,}/g),
	format(
		"Slack webhook",
		"hooks.slack.com/services/",
		/hooks\.slack\.com\/services\/T[A-Z0-9]{6,}\/B[A-Z0-9]{6,}\/[A-Za-z0-9]{16,}/g,
	),
	format("Stripe key", "k_live_", /\b[rs]k_live_[A-Za-z0-9]{16,}/g),
	format("Stripe key", "k_test_", /\b[rs]k_test_[A-Za-z0-9]{16,}/g),
	format("Google API key", "AIza", /\bAIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])/g),
	format("Google OAuth secret", "GOCSPX-", /\bGOCSPX-[A-Za-z0-9_-]{28}/g),
	format("npm token", "npm_", /\bnpm_[A-Za-z0-9]{36}\b/g),
	format("PyPI token", "pypi-AgE", /\bpypi-AgE[A-Za-z0-9_-]{50,}/g),
	format("OpenAI key", "T3BlbkFJ", /\bsk-[A-Za-z0-9_-]{20,}T3BlbkFJ[A-Za-z0-9_-]{20,}/g),
	format("API key", "sk-", /\bsk-(?:proj-|ant-|svcacct-|or-)?(?:api\d\d-|v1-)?([A-Za-z0-9_-]{32,})/g, randomTail),
	format("Hugging Face token", "hf_", /\bhf_([A-Za-z]{34})\b/g),
	format("SendGrid key", "SG.", /\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}/g),
	format("Telegram token", ":AA", /\b\d{8,10}:AA[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])/g),
	format("DigitalOcean token", "_v1_", /\bdo[opr]_v1_[a-f0-9]{64}\b/g),
	format("Azure key", "AccountKey=", /AccountKey=([A-Za-z0-9+/]{60,}={0,2})/g),
	format("JSON web token", "eyJ", /\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{16,}/g, () => true),
	format(
		"bearer token",
		"earer ",
		/["'\s:]Bearer\s+([A-Za-z0-9+/=_.~-]{20,})/g,
		(match) => randomTail(match) && !isPlaceholder(match[1] ?? ""),
	),
	format(
		"connection string",
		"://",
		/\b[a-z][a-z0-9+.-]{1,20}:\/\/([^\s:/?#@"'`<>]{0,64}):([^\s/?#@"'`<>]{1,128})@[\w.[-]/gi,
		realPassword,
	),
];

const anyTrigger = new RegExp(
	formats
		.filter((rule) => !rule.common)
		.map((rule) => rule.trigger.replace(/[./]/g, "\\$&"))
		.join("|"),
);

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
