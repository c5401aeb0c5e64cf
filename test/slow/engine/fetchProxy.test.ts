import { equal, ok, rejects } from "node:assert/strict";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { CancelSource } from "#base/cancel";
import { openClient } from "#engine/fetch/client";
import { failure, fetchFrom, inHub } from "#test/engine/fetching";

describe("engine/fetchModel behind a proxy", () => {
	it("gives up one that breaks every connection", () =>
		inHub({}, (hub, home) =>
			inProxy(
				(client) => client.destroy(),
				async (address, connections) => {
					const fetched = fetchFrom(hub, home, { hub: through(address, hub.url) });
					await rejects(fetched, failure("network", /the proxy broke the connection .*\(5 times\)/, /HTTPS_PROXY/));
					equal(connections(), 5);
				},
			),
		));

	it("says what one wants that knows no such user, and does not ask again", () =>
		inHub({}, (hub, home) =>
			inProxy(
				(client) => client.end("HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic\r\n\r\n"),
				async (address, connections) => {
					const fetched = fetchFrom(hub, home, { hub: through(address, hub.url) });
					await rejects(fetched, failure("network", /name and password.*\(407\)/, /name:password@host/));
					equal(connections(), 1);
				},
			),
		));

	it("stops waiting for a silent one when it is told to", () =>
		inHub({}, (hub, home) =>
			inProxy(
				() => {},
				async (address, connections) => {
					const cancel = new CancelSource();
					const fetched = fetchFrom(hub, home, { cancel, hub: through(address, hub.url) });
					while (connections() === 0) await new Promise((next) => setTimeout(next, 20));
					const start = performance.now();
					cancel.cancel();
					await rejects(fetched, failure("cancelled", /cancelled/));
					ok(performance.now() - start < 5000);
				},
			),
		));

	it("does not wait for a silent one without end", () =>
		inProxy(
			() => {},
			async (address) => {
				const proxies = { httpProxy: address, httpsProxy: address, noProxy: "" };
				const client = openClient(proxies, 1000, new AbortController().signal);
				try {
					await rejects(client.request(new URL("https://127.0.0.1/"), {}), { code: "UND_ERR_HEADERS_TIMEOUT" });
				} finally {
					await client.destroy();
				}
			},
		));
});

/** A proxy that does `answer` once it is asked for a connection to a host. */
async function inProxy(
	answer: (client: Socket) => void,
	work: (address: string, connections: () => number) => Promise<void>,
): Promise<void> {
	const clients: Socket[] = [];
	const proxy = createServer((client) => {
		clients.push(client);
		client.on("error", () => {}).once("data", () => answer(client));
	});
	await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
	try {
		await work(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, () => clients.length);
	} finally {
		for (const client of clients) client.destroy();
		proxy.close();
	}
}

function through(address: string, host: string) {
	return { host, environment: { HTTP_PROXY: address } };
}
