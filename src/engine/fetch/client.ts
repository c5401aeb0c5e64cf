/** Node's HTTP client, proxies and all. */
import { type Dispatcher, EnvHttpProxyAgent, request } from "undici";
import type { HubSettings } from "./settings.ts";

export interface Client {
	request(
		url: URL,
		options: { readonly signal: AbortSignal; readonly headers: Readonly<Record<string, string>> },
	): Promise<Dispatcher.ResponseData>;
	/** Breaks what is under way. */
	destroy(): Promise<void>;
}

/** `idleMs`: silence that counts as a broken connection. */
export function openClient(proxies: HubSettings["proxies"], idleMs: number): Client {
	const dispatcher = new EnvHttpProxyAgent({ ...proxies, headersTimeout: idleMs, bodyTimeout: idleMs });
	return {
		request: (url, options) => request(url, { ...options, dispatcher }),
		destroy: () => dispatcher.destroy(),
	};
}
