import { entropy, isPlaceholder, looksRandom } from "./secretValue.ts";

/** A secret that stands at a word no token is needed to recognise: key blocks, passwords in URLs. The name of the rule. */
export function markedSecret(text: string): string | undefined {
	for (const rule of marked) if (text.includes(rule.trigger) && matches(rule, text)) return rule.name;
	return undefined;
}

/** A token of a known issuer. Looked for only around long runs of letters and digits, which are rare and found by leaps. */
export function tokenSecret(text: string): string | undefined {
	for (let end = nextRun(text, 0); end > 0; end = nextRun(text, end)) {
		const start = runStart(text, end);
		const run = text.slice(start, end);
		if (!/\d/.test(run) && !run.includes("hf_")) continue;
		const from = Math.max(0, start - before);
		if (!anyTrigger.test(text.slice(from, end))) continue;
		const window = text.slice(from, end + after);
		for (const rule of tokens) if (window.includes(rule.trigger) && matches(rule, window)) return rule.name;
	}
	return undefined;
}

interface Format {
	readonly name: string;
	/** Text that every match holds: found far faster than the pattern, and fastest where it begins with a rare letter. */
	readonly trigger: string;
	readonly pattern: RegExp;
	readonly accept: (match: RegExpMatchArray) => boolean;
}

function matches(rule: Format, text: string): boolean {
	for (const match of text.matchAll(rule.pattern)) if (rule.accept(match)) return true;
	return false;
}

const notExample = (match: RegExpMatchArray): boolean => !/example|xxxx|0{8}|1234567|abcdefg/i.test(match[0]);
const randomTail = (match: RegExpMatchArray): boolean => looksRandom(match[1] ?? "");

const keyBody = (match: RegExpMatchArray): boolean => entropy(match[1] ?? "") >= 3.5;

/** A password in a URL that is neither a variable nor one of the names everybody uses on their own machine. */
function realPassword(match: RegExpMatchArray): boolean {
	const [, user = "", password = ""] = match;
	if (password === user || password.length < 5 || isPlaceholder(password)) return false;
	if (/^[a-z]{5,7}$/.test(password) || (user === "" && !/\d/.test(password))) return false;
	return !/^(?:postgres|mysql|root|admin|guest|rabbitmq|mongo|redis|pass|pwd|user|local|dev|docker|\d{1,8})\w{0,2}$|^[$%{<:]/i.test(
		password,
	);
}

const format = (name: string, trigger: string, pattern: RegExp, accept = notExample): Format => ({
	name,
	trigger,
	pattern,
	accept,
});

const marked: readonly Format[] = [
	// A mere mention of the header (code that parses keys) is followed by no key.
	format(
		"private key",
		"PRIVATE KEY",
		/-{5}BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-{5}[\s\S]{1,300}?([A-Za-z0-9+/]{40})/g,
		keyBody,
	),
	format("private key", "PuTTY-User-Key-File", /PuTTY-User-Key-File-\d: \S+[\s\S]{0,2000}Private-Lines: \d/g),
	format("Azure key", "AccountKey=", /AccountKey=([A-Za-z0-9+/]{60,}={0,2})/g),
	format(
		"bearer token",
		"Bearer",
		/["'\s:]Bearer\s+([A-Za-z0-9+/=_.~-]{20,})/g,
		(match) => randomTail(match) && !isPlaceholder(match[1] ?? ""),
	),
	format("connection string", "://", /:\/\/([^\s:/?#@"'`<>]{0,64}):([^\s/?#@"'`<>]{1,128})@[\w.[-]/g, realPassword),
];

/** Each holds a run of at least `runLength` letters, digits, `_` and `-`. */
const tokens: readonly Format[] = [
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
	format("JSON web token", "eyJ", /\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{16,}/g, () => true),
];

const anyTrigger = new RegExp(tokens.map((rule) => rule.trigger.replace(/[./]/g, "\\$&")).join("|"));
const runLength = 20;
/** A trigger stands at most so far before the run; the rest of the token (a JSON web token has three parts) so far after it. */
const before = 60;
const after = 600;

const { nextRun, runStart } = createRunFinder();

/** Its table is a constant of a function: of those of a module a bundler makes variables, which are slower to read. */
function createRunFinder() {
	const inRun = Uint8Array.from({ length: 128 }, (_, unit) => (/[\w-]/.test(String.fromCharCode(unit)) ? 1 : 0));
	const isInRun = (unit: number): boolean => unit < 128 && inRun[unit] === 1;
	return {
		/** End of the first long run that ends after `from`, or 0. Looks at every 20th character, and at others only next to a hit (Boyer and Moore). */
		nextRun(text: string, from: number): number {
			for (let i = from + runLength - 1; i < text.length; ) {
				let back = i;
				while (back > i - runLength && isInRun(text.charCodeAt(back))) back--;
				if (back > i - runLength) {
					i = back + runLength;
					continue;
				}
				let end = i + 1;
				while (end < text.length && isInRun(text.charCodeAt(end))) end++;
				return end;
			}
			return 0;
		},
		runStart(text: string, end: number): number {
			let start = end;
			while (start > 0 && isInRun(text.charCodeAt(start - 1))) start--;
			return start;
		},
	};
}
