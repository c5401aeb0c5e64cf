/** What a hub's refusal means. */
import { AttuneError } from "#base/errors";
import type { HubSettings } from "./settings.ts";
import { Transient } from "./transient.ts";

export interface FailedAnswer {
	readonly status: number;
	header(name: string): string | undefined;
	readonly text: string;
}

/** The error for a status of 400 or more to `path`. */
export function failedAnswer(answer: FailedAnswer, path: string, settings: HubSettings): Error {
	const { status } = answer;
	const retryAfterSeconds = retryAfter(answer.header("retry-after"));
	if (status === 429)
		return new Transient("there were too many requests (429)", { retryAfterSeconds: retryAfterSeconds ?? 10 });
	if (status === 408 || (status >= 500 && status !== 501))
		return new Transient(`the server failed (${status})`, { retryAfterSeconds });
	return refusal(status, answer.header("x-error-code"), decodeURIComponent(path).replace(/\?.*/, ""), settings);
}

function refusal(status: number, code: string | undefined, path: string, { host, token }: HubSettings): AttuneError {
	const [, id = path] = /^\/(?:api\/models\/)?([^/]+\/[^/]+)/.exec(path) ?? [];
	const give = "give a token with read access by HF_TOKEN or --token-file";
	const fail = (reason: string, remedy: string): AttuneError => new AttuneError("network", reason, { remedy });
	if (code === "GatedRepo" || (status === 403 && token === undefined))
		return fail(
			`${id} is open only to those who accepted its terms (${status})`,
			`Accept them at ${host}/${id}, then ${token === undefined ? give : "fetch again with a token of the same account"}.`,
		);
	if (code === "RevisionNotFound")
		return fail(`${id} has no such revision`, `See ${host}/${id}/tree/main for its branches.`);
	if (status === 401 && token !== undefined && code !== "RepoNotFound")
		return fail(`${host} does not accept the token (401)`, "Make a new token and give it by HF_TOKEN or --token-file.");
	if (status === 403) return fail(`the token gives no access to ${id} (403)`, "Use a token with read access to it.");
	if (code === "EntryNotFound") return fail(`${id} has no file ${path.split("/").at(-1)} any more`, "Fetch again.");
	if (status === 401 || status === 404)
		return fail(
			`there is no model ${id} on ${host} that ${token === undefined ? "anyone" : "this token"} may see (${status})`,
			`Check its name${token === undefined ? `; if it is private, ${give}` : ""}.`,
		);
	return fail(`${host} refused ${path} (${status})`, "Check the model's name and the host.");
}

/** Seconds from now, of a header in either form. */
function retryAfter(text: string | undefined): number | undefined {
	if (text === undefined) return undefined;
	const seconds = /^\s*\d+\s*$/.test(text) ? Number(text) : (Date.parse(text) - Date.now()) / 1000;
	return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
}
