/** Requests to a host that behaves like the Hugging Face Hub: redirects, proxies, a token, failures in words. */
import { type CancelToken, throwIfCancelled } from "#base/cancel";
import { AttuneError, messageOf } from "#base/errors";
import { failedAnswer } from "./answer.ts";
import type { HubSettings } from "./settings.ts";
import { bodyError, requestError, Transient } from "./transient.ts";

export interface HubAnswer {
	readonly status: number;
	header(name: string): string | undefined;
	/** What the hub itself calls the content, before it sends elsewhere: a checksum as a rule. */
	readonly identity: string | undefined;
	/** Throws `Transient` when the connection breaks. */
	readonly body: AsyncIterable<Uint8Array>;
	/** Gives the connection up. */
	drop(): void;
}

export interface Hub {
	readonly settings: HubSettings;
	json(path: string): Promise<unknown>;
	/** Follows redirects. A status that is no success throws: an AttuneError, or `Transient` if it may pass. 416 is returned. */
	open(path: string, headers?: Readonly<Record<string, string>>): Promise<HubAnswer>;
	close(): Promise<void>;
}

const mostRedirects = 8;
const idleMs = 30_000;
const mostJsonBytes = 1 << 26;

export async function openHub(settings: HubSettings, cancel: CancelToken): Promise<Hub> {
	// Loaded on demand: no other command needs it.
	const { openClient } = await import("./client.ts");
	const abort = new AbortController();
	const client = openClient(settings.proxies, idleMs, abort.signal);
	const watch = setInterval(() => {
		if (cancel.cancelled) abort.abort();
	}, 50);

	const open: Hub["open"] = async (path, headers = {}) => {
		let url = new URL(settings.host + path);
		let identity: string | undefined;
		for (let hops = 0; hops <= mostRedirects; hops++) {
			throwIfCancelled(cancel);
			const own = url.origin === settings.origin;
			const answer = await client
				.request(url, {
					...headers,
					"accept-encoding": "identity",
					"user-agent": "attune",
					// Only the hub itself learns the token, never where it sends us.
					...(own && settings.token !== undefined && { authorization: `Bearer ${settings.token}` }),
				})
				.catch((error) => {
					throwIfCancelled(cancel);
					throw requestError(error, url.host);
				});
			const header = (name: string): string | undefined => [answer.headers[name]].flat()[0];
			const drop = (): void => {
				// Being dropped is an error to the body; nobody else listens by then.
				answer.body.on("error", () => {}).destroy();
			};
			if (own) identity = plainTag(header("x-linked-etag") ?? header("etag")) ?? identity;
			if (answer.statusCode >= 300 && answer.statusCode < 400 && header("location") !== undefined) {
				drop();
				url = redirected(url, header("location") ?? "");
				continue;
			}
			if (answer.statusCode >= 400 && answer.statusCode !== 416) {
				const text = await answer.body.text().catch(() => "");
				throw failedAnswer({ status: answer.statusCode, header, text }, path, settings);
			}
			return { status: answer.statusCode, header, identity, body: bodyOf(answer.body, cancel), drop };
		}
		throw new AttuneError("network", `${settings.host} sends from one address to the next without end`, {
			remedy: "Name another host with --host.",
		});
	};

	return {
		settings,
		open,
		async json(path) {
			const answer = await open(path);
			const parts: Uint8Array[] = [];
			let bytes = 0;
			for await (const part of answer.body) {
				parts.push(part);
				bytes += part.length;
				if (bytes > mostJsonBytes) throw notJson(settings.host, "it is too long");
			}
			const text = Buffer.concat(parts).toString();
			try {
				return JSON.parse(text);
			} catch (error) {
				throw notJson(settings.host, /^\s*</.test(text) ? "it is a web page" : messageOf(error));
			}
		},
		async close() {
			clearInterval(watch);
			await client.destroy();
		},
	};
}

async function* bodyOf(body: AsyncIterable<Uint8Array>, cancel: CancelToken): AsyncGenerator<Uint8Array> {
	try {
		yield* body;
	} catch (error) {
		throwIfCancelled(cancel);
		throw bodyError(error);
	}
}

/** An ETag without the marks around it. */
function plainTag(tag: string | undefined): string | undefined {
	return tag?.replace(/^W\//, "").replaceAll('"', "");
}

function redirected(from: URL, location: string): URL {
	if (!URL.canParse(location, from.href)) throw new Transient("the host sends to an address that is none");
	const to = new URL(location, from);
	if (to.protocol !== "https:" && (from.protocol === "https:" || to.protocol !== "http:"))
		throw new AttuneError("network", `${from.host} sends from an encrypted address to one that is not`, {
			remedy: "Name another host with --host.",
		});
	return to;
}

function notJson(host: string, why: string): AttuneError {
	return new AttuneError("network", `${host} did not answer with a list of files (${why})`, {
		remedy: "Check that nothing stands between, such as a network's login page, or name another host with --host.",
	});
}
