/** Node's HTTP client, proxies and all. */
import { type Dispatcher, EnvHttpProxyAgent, Pool, request } from "undici";
import { AttuneError, messageOf } from "#base/errors";
import { errorNumber } from "#runtime/storageError";
import type { HubSettings } from "./settings.ts";
import { Transient } from "./transient.ts";

export interface Client {
	request(url: URL, headers: Readonly<Record<string, string>>): Promise<Dispatcher.ResponseData>;
	/** Breaks what is under way. */
	destroy(): Promise<void>;
}

/** `idleMs`: silence that counts as a broken connection. `signal` ends every request. */
export function openClient(proxies: HubSettings["proxies"], idleMs: number, signal: AbortSignal): Client {
	const dispatcher = new EnvHttpProxyAgent({
		...proxies,
		headersTimeout: idleMs,
		bodyTimeout: idleMs,
		clientFactory: (origin, options) => openProxy(origin, { ...options, headersTimeout: idleMs }),
	});
	// A request that still waits for its connection does not listen to its signal.
	const aborted = new Promise<never>((_, reject) => {
		signal.addEventListener("abort", () => reject(signal.reason), { once: true });
	});
	aborted.catch(() => {});
	return {
		request: (url, headers) => Promise.race([request(url, { headers, signal, dispatcher }), aborted]),
		destroy: () => dispatcher.destroy(),
	};
}

/** Connections to a proxy. What it refuses or breaks is an error of ours: undici would try a broken one again without end. */
function openProxy(origin: URL, options: Pool.Options): Dispatcher {
	const pool = new Pool(origin, options);
	const connect = pool.connect.bind(pool);
	return Object.assign(pool, {
		async connect(target: Dispatcher.ConnectOptions): Promise<Dispatcher.ConnectData> {
			const answer = await connect(target).catch((error) => {
				if (errorNumber(error) !== "UND_ERR_SOCKET") throw error;
				throw new Transient(`the proxy broke the connection (${messageOf(error)})`, { cause: error });
			});
			if (answer.statusCode !== 407) return answer;
			answer.socket.on("error", () => {}).destroy();
			throw new AttuneError(
				"network",
				"the proxy wants a user's name and password, or others than it was given (407)",
				{
					remedy: "Write them into HTTPS_PROXY (or http.proxy of the editor), as in http://name:password@host:port.",
				},
			);
		},
	});
}
