import { folderKind } from "#base/folderNames";
import { languageOf } from "../language.ts";
import type { SkipReason } from "../source.ts";
import { binaryStart, decodeText } from "./decodeText.ts";
import { isSecretName, skipByName } from "./fileNames.ts";
import { attributeOf, type FolderRules, ignoreVerdict } from "./ignoreRules.ts";
import { secretIn } from "./secretContent.ts";
import { generatedMark, minifiedShape } from "./textShape.ts";

/**
 * What may be read: the one policy for learning, prompts, chat and evaluation. Pure over path, facts and bytes; `#engine/feed`
 * and `#engine/workspacePolicy` bring those.
 *
 * Three strengths of rules. Credentials, binaries and undecodable or oversized files never pass. Ignore files decide next.
 * Guesses (tool folders, vendored, generated, minified, lock files) give way to an `.attuneignore` that takes the path back
 * with `!`, and to a file the user named explicitly, for which ignore files do not count either.
 */
export interface Policy {
	readonly maxBytes: number;
	/** Whether a folder is entered. `path` is relative to the folder of the outermost rules. */
	folder(path: string, rules: FolderRules): FolderVerdict;
	/** Whether a file's bytes are looked at. `rules`: those of its folder, or "explicit". */
	file(path: string, facts: FileFacts, rules: FolderRules | "explicit"): FileVerdict;
	/** Why a file of `bytes` bytes need not be read to its end, seen from its first ones; undefined where it must be. */
	start(first: Uint8Array, bytes: number): Skip | undefined;
	/** Whether a file's text may be used; `lifted` comes from `file`. */
	content(path: string, bytes: Uint8Array, lifted: boolean): ContentVerdict;
}

export interface FileFacts {
	readonly type: "file" | "symlink" | "special";
	/** Length on disk. */
	readonly bytes: number;
}

/** `detail` says what was seen, never text of the file. */
export interface Skip {
	readonly kind: "skip";
	readonly reason: SkipReason;
	readonly detail: string;
}
export type FolderVerdict = { readonly kind: "enter"; readonly lifted: boolean } | Skip;
export type FileVerdict = { readonly kind: "read"; readonly lifted: boolean } | Skip;
/** `utf8`: the bytes of `text`, which may be those given. */
export type ContentVerdict = { readonly kind: "text"; readonly text: string; readonly utf8: Uint8Array } | Skip;

export interface PolicyOptions {
	/** Files longer than this are `tooLarge`, unread. */
	readonly maxBytes?: number;
}

export function createPolicy(options: PolicyOptions = {}): Policy {
	const maxBytes = options.maxBytes ?? 1_000_000;
	return {
		maxBytes,
		folder: judgeFolder,
		file: (path, facts, rules) => judgeFile(path, facts, rules, maxBytes),
		start: binaryStart,
		content: judgeContent,
	};
}

function judgeFolder(path: string, rules: FolderRules): FolderVerdict {
	const name = path.slice(path.lastIndexOf("/") + 1);
	const kind = folderKind(name);
	if (kind === "versionControl") return skip("excludedFolder", "version control");
	if (kind === "credentials") return skip("secretName", "folder of credentials");
	const verdict = ignoreVerdict(rules, path, true);
	const lifted = rules.lifted || verdict === "lifted";
	if (kind === "toolMade" && !lifted) return skip("excludedFolder", "made by a tool");
	if (verdict === "ignored") return skip("ignored", "by an ignore file");
	if (kind === "vendored" && !lifted && attributeOf(rules.vendored, `${path}/`) !== false) {
		return skip("vendored", "folder of copied or built code");
	}
	return { kind: "enter", lifted };
}

function judgeFile(path: string, facts: FileFacts, rules: FolderRules | "explicit", maxBytes: number): FileVerdict {
	const name = path.slice(path.lastIndexOf("/") + 1);
	if (facts.type === "symlink") return skip("symlink", "symbolic links are not followed");
	if (facts.type === "special") return skip("special", "not a regular file");
	if (isSecretName(name) || (rules === "explicit" && insideCredentials(path))) {
		return skip("secretName", "named as a file of credentials");
	}
	const verdict = rules === "explicit" ? "lifted" : ignoreVerdict(rules, path, false);
	if (verdict === "ignored") return skip("ignored", "by an ignore file");
	let lifted = rules === "explicit" || rules.lifted || verdict === "lifted";
	if (rules !== "explicit" && !lifted) {
		const marked = attributeOf(rules.generated, path);
		lifted = marked === false;
		if (marked === true) return skip("generated", "linguist-generated in .gitattributes");
		if (attributeOf(rules.vendored, path) === true) return skip("vendored", "linguist-vendored in .gitattributes");
		const named = skipByName(name);
		if (named && !(lifted && named.reason === "generated")) return { kind: "skip", ...named };
	}
	if (facts.bytes === 0) return skip("empty", "no bytes");
	if (facts.bytes > maxBytes) return skip("tooLarge", `${facts.bytes} bytes, more than ${maxBytes}`);
	return { kind: "read", lifted };
}

function judgeContent(path: string, bytes: Uint8Array, lifted: boolean): ContentVerdict {
	const decoded = decodeText(bytes);
	if (decoded.kind === "skip") return decoded;
	const { text } = decoded;
	if (!/\S/.test(text)) return skip("empty", "only white space");
	if (!lifted) {
		const mark = generatedMark(text);
		if (mark !== undefined) return skip("generated", mark);
		const shape = minifiedShape(text);
		if (shape !== undefined) return skip("minified", shape);
	}
	const secret = secretIn(text, plainValueLanguages.has(languageOf(path)));
	return secret === undefined ? decoded : skip("secretContent", secret);
}

/** Languages in which `name: value` needs no quotes. */
const plainValueLanguages = new Set([
	"yaml",
	"ini",
	"properties",
	"dotenv",
	"shell",
	"dockerfile",
	"text",
	"toml",
	"markdown",
]);

function insideCredentials(path: string): boolean {
	return path
		.split("/")
		.slice(0, -1)
		.some((name) => folderKind(name) === "credentials");
}

function skip(reason: SkipReason, detail: string): Skip {
	return { kind: "skip", reason, detail };
}
