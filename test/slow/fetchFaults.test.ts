import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import { CancelSource } from "#base/cancel";
import type { Home } from "#engine/home";
import { listModels } from "#engine/models";
import { failure, fetchFrom, hugeWeights, inHub, modelFiles, weights } from "#test/engine/fetching";
import { type Fault, repositoryId, type TestHub } from "#test/support/hub";

const file = "model.safetensors";
const size = weights().content.length;
const html = "<!DOCTYPE html><html><body>Sign in</body></html>";

describe("engine/fetchModel, when things go wrong", () => {
	it("goes on where the connection broke", () =>
		inHub({}, async (hub, home) => {
			hub.faults.set(file, [cut(1000), cut(500)]);
			await fetchFrom(hub, home);
			deepEqual(ranges(hub), ["", "range=bytes=1000-", "range=bytes=1500-"]);
			rightWeights(home);
		}));

	it("goes on in a later run", () =>
		inHub({}, async (hub, home) => {
			await stopAt(3000, hub, home);
			nothingListed(home);
			const { files } = await fetchFrom(hub, home);
			deepEqual(
				files.map(({ path, how }) => `${how} ${path}`),
				["kept config.json", "kept LICENSE", "kept chat_template.jinja", "kept tokenizer.json", `resumed ${file}`],
			);
			equal(ranges(hub).at(-1), "range=bytes=3000-");
			rightWeights(home);
			deepEqual(readdirSync(join(home.models, ".fetching")), []);
		}));

	it("starts over when the host knows no ranges", () =>
		inHub({}, async (hub, home) => {
			hub.faults.set(file, [cut(1000), { kind: "noRange" }]);
			await fetchFrom(hub, home);
			deepEqual(ranges(hub), ["", "range=bytes=1000-"]);
			rightWeights(home);
		}));

	it("starts over when the file is another by now", () =>
		inHub({ bareList: true, files: modelFiles(hugeWeights()) }, async (hub, home) => {
			await stopAt(3000, hub, home);
			hub.files = modelFiles();
			await fetchFrom(hub, home);
			deepEqual(ranges(hub).slice(1), ["range=bytes=3000-", ""]);
			rightWeights(home);
		}));

	it("starts over when the part is longer than the file, or was damaged", () =>
		inHub({}, async (hub, home) => {
			await stopAt(3000, hub, home);
			const part = join(home.models, ".fetching/some-owner--tiny-model", `${file}.part`);
			writeFileSync(part, Buffer.alloc(size + 1));
			await fetchFrom(hub, home);
			rightWeights(home);
		}).then(() =>
			inHub({}, async (hub, home) => {
				await stopAt(3000, hub, home);
				const part = join(home.models, ".fetching/some-owner--tiny-model", `${file}.part`);
				writeFileSync(part, Buffer.alloc(3000));
				await fetchFrom(hub, home);
				deepEqual(ranges(hub).slice(1), ["range=bytes=3000-", ""]);
				rightWeights(home);
			}),
		));

	it("waits as long as a busy host asks, and ever longer for one that fails", () =>
		inHub({}, async (hub, home) => {
			const total = async (...faults: Fault[]): Promise<number> => {
				const waits: number[] = [];
				hub.faults.set("api", faults);
				await fetchFrom(hub, home, { waits });
				return waits.reduce((sum, wait) => sum + wait, 0);
			};
			equal(await total(status(429, { "retry-after": "7" })), 7000);
			equal(await total(status(503), status(500), status(502)), 1000 + 2000 + 4000);
		}));

	it("does not wait for hours", () =>
		inHub({}, async (hub, home) => {
			hub.faults.set("api", [status(429, { "retry-after": "7200" })]);
			await rejects(fetchFrom(hub, home), failure("network", /too many requests/, /again in 120 min/));
		}));

	const damaged: [string, Fault, RegExp][] = [
		["weights with a wrong byte", body(flipped()), /has not the checksum/],
		["a web page instead of weights", body(html), /sent a web page instead of model.safetensors/],
		[
			"a pointer instead of weights",
			body("version https://git-lfs.github.com/spec/v1\noid sha256:0"),
			/a pointer of Git LFS/,
		],
		["something else instead of weights", body(Buffer.alloc(size, 0x50)), /model.safetensors: .*header/],
		[
			"more than there is",
			body(Buffer.concat([weights().content, Buffer.from("x")])),
			/sent more of model.safetensors/,
		],
	];
	for (const [name, fault, reason] of damaged)
		it(`refuses ${name}, and fetches the right ones next time`, () =>
			inHub({}, async (hub, home) => {
				hub.faults.set(file, [fault]);
				await rejects(fetchFrom(hub, home), (error: Error) => reason.test(error.message) || Promise.reject(error));
				nothingListed(home);
				equal((await fetchFrom(hub, home)).files.at(-1)?.how, "fetched");
				rightWeights(home);
			}));

	it("gives a file up that always ends too early", () =>
		inHub({}, async (hub, home) => {
			hub.faults.set(file, Array<Fault>(20).fill(body(weights().content.subarray(0, 4000))));
			await rejects(
				fetchFrom(hub, home),
				failure("network", /model.safetensors ended after 4000 of|cannot be resumed/),
			);
			ok(ranges(hub).length < 12);
			nothingListed(home);
		}));

	it("gives a list up that is none", () =>
		inHub({}, async (hub, home) => {
			for (const [text, reason] of [
				[html, /it is a web page/],
				["", /did not answer with a list/],
				["{}", /"siblings", the list of files, is missing/],
				['{"siblings":[{}]}', /"siblings\[0\].rfilename" is missing/],
			] as const) {
				hub.faults.set("api", [body(text)]);
				await rejects(fetchFrom(hub, home), failure("network", reason));
			}
		}));

	it("looks at the disk before it writes", () =>
		inHub({ files: modelFiles(hugeWeights()) }, async (hub, home) => {
			const machine = { free: () => 64 * 2 ** 20 };
			await rejects(
				fetchFrom(hub, home, { machine }),
				failure("storage", /2 MiB are still to come, 64 MiB are free/, /Free 2 MiB/),
			);
			deepEqual(ranges(hub), []);
		}));

	it("keeps what came before the disk was full", () =>
		inHub({ files: modelFiles(hugeWeights()) }, async (hub, home) => {
			let written = 0;
			const full = Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
			const machine = {
				write: async (
					file: { write: (...all: [Uint8Array, number, number, number]) => Promise<{ bytesWritten: number }> },
					bytes: Uint8Array,
					position: number,
				) => {
					written += bytes.length;
					if (written > 500_000) throw full;
					return file.write(bytes, 0, bytes.length, position);
				},
			};
			await rejects(
				fetchFrom(hub, home, { machine }),
				failure("storage", /the disk is full after/, /Free 1 MiB and fetch again/),
			);
			nothingListed(home);
			equal((await fetchFrom(hub, home)).files.at(-1)?.how, "resumed");
		}));

	it("stops when it is told to, and goes on later", () =>
		inHub({}, async (hub, home) => {
			hub.faults.set(file, [{ kind: "hang", after: 2000 }]);
			const cancel = new CancelSource();
			const stopped = fetchFrom(hub, home, {
				cancel,
				onProgress: ({ file: current }) => {
					if (current === file) cancel.cancel();
				},
			});
			await rejects(stopped, failure("cancelled", /cancelled/));
			nothingListed(home);
			equal((await fetchFrom(hub, home)).files.at(-1)?.how, "resumed");
			rightWeights(home);
		}));

	it("goes through a proxy, unless the host is excepted", () =>
		inHub({}, async (hub, home) => {
			const tunnels: string[] = [];
			const proxy = createServer().on("connect", (request, client, head) => {
				tunnels.push(String(request.url));
				const [host = "", port] = String(request.url).split(":");
				const server = connect(Number(port), host, () => {
					client.write("HTTP/1.1 200 Connection established\r\n\r\n");
					server.write(head);
					server.pipe(client).pipe(server);
				});
				for (const socket of [server, client]) socket.on("error", () => {});
			});
			await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
			const environment = {
				HTTP_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
				HF_ENDPOINT: `${hub.url}/`,
			};
			try {
				await fetchFrom(hub, home, { hub: { environment: { ...environment, NO_PROXY: "127.0.0.1" } } });
				equal(tunnels.length, 0);
				await fetchFrom(hub, home, { hub: { environment }, repository: `${repositoryId}@v1` });
				ok(tunnels.includes(hub.url.replace("http://", "")));
				equal(new Set(tunnels).size, 2);
			} finally {
				proxy.closeAllConnections();
				proxy.close();
			}
		}));
});

function cut(after: number): Fault {
	return { kind: "cut", after };
}

function body(content: Uint8Array | string): Fault {
	return { kind: "body", body: content };
}

function status(code: number, headers: Readonly<Record<string, string>> = {}): Fault {
	return { kind: "status", status: code, headers };
}

function flipped(): Uint8Array {
	const copy = Uint8Array.from(weights().content);
	copy[copy.length - 1] = (copy.at(-1) ?? 0) ^ 1;
	return copy;
}

/** What was asked for of the weights, request by request. */
function ranges(hub: TestHub): string[] {
	return hub.requests.filter((line) => line.startsWith(`cdn GET /${file}`)).map((line) => line.split(" ")[3] ?? "");
}

/** A run that is cancelled once `bytes` of the weights are there. */
async function stopAt(bytes: number, hub: TestHub, home: Home): Promise<void> {
	hub.faults.set(file, [{ kind: "hang", after: bytes }]);
	const cancel = new CancelSource();
	const seen = ({ file: current }: { file: string }) => {
		if (current === file) cancel.cancel();
	};
	await rejects(fetchFrom(hub, home, { cancel, onProgress: seen }), failure("cancelled", /cancelled/));
}

function nothingListed(home: Home): void {
	deepEqual(
		listModels(home).filter(({ name }) => name !== "starter"),
		[],
	);
	equal(existsSync(join(home.models, "some-owner--tiny-model")), false);
}

function rightWeights(home: Home): void {
	deepEqual(readFileSync(join(home.models, "some-owner--tiny-model", file)), Buffer.from(weights().content));
}
