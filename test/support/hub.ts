/** A server that behaves like the Hugging Face Hub, with a second one as its content delivery network, and both can fail. */
import { createHash } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

export interface HubFileContent {
	readonly content: Uint8Array;
	/** Large files live on the delivery network, with SHA-256; others are sent by the hub, with the hash of their Git blob. */
	readonly lfs: boolean;
}

/** What goes wrong once, at the next request for a file's bytes (or for "api", the list). */
export type Fault =
	| { readonly kind: "status"; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
	/** The connection is cut after so many bytes. */
	| { readonly kind: "cut"; readonly after: number }
	| { readonly kind: "body"; readonly body: Uint8Array | string }
	/** The whole file, whatever range was asked for. */
	| { readonly kind: "noRange" }
	/** Sent slowly, until the reader goes away. */
	| { readonly kind: "hang"; readonly after: number };

export interface HubOptions {
	readonly files: Readonly<Record<string, HubFileContent>>;
	readonly token?: string;
	readonly gated?: boolean;
	/** Leave sizes and hashes out of the list, as some mirrors do. */
	readonly bareList?: boolean;
	/** ETags are the SHA-1 of the content, as Artifactory has them. */
	readonly plainTags?: boolean;
}

export interface TestHub {
	readonly url: string;
	/** One line per request: `hub GET /path range=bytes=5- auth`. */
	readonly requests: string[];
	/** Faults in the order in which they happen, by file name or "api". */
	readonly faults: Map<string, Fault[]>;
	files: Readonly<Record<string, HubFileContent>>;
	close(): Promise<void>;
}

export const repositoryId = "some-owner/tiny-model";
export const commit = "0123456789abcdef0123456789abcdef01234567";

export async function startHub(options: HubOptions): Promise<TestHub> {
	const requests: string[] = [];
	const faults = new Map<string, Fault[]>();
	const note = (server: string, { method, url, headers }: IncomingMessage): void => {
		const range = headers.range === undefined ? "" : ` range=${headers.range}`;
		requests.push(`${server} ${method} ${url}${range}${headers.authorization === undefined ? "" : " auth"}`);
	};
	const cdn = createServer((request, response) => {
		note("cdn", request);
		const name = decodeURIComponent((request.url ?? "").slice(1).replace(/\?.*/, ""));
		const file = hub.files[name];
		if (file === undefined) response.writeHead(404).end();
		else sendBytes(request, response, file.content, faults.get(name)?.shift());
	});
	const cdnUrl = await listen(cdn);
	const main = createServer((request, response) => {
		note("hub", request);
		const path = (request.url ?? "").replace(/\?.*/, "");
		const refusal = refuse(path, request, options);
		if (refusal !== undefined) return response.writeHead(refusal.status, refusal.headers).end("{}");
		if (path.startsWith("/api/"))
			return sendList(response, hub.files, options.bareList === true, faults.get("api")?.shift());
		const name = decodeURIComponent(path.split("/").at(-1) ?? "");
		const file = hub.files[name];
		if (file === undefined) return response.writeHead(404, { "x-error-code": "EntryNotFound" }).end();
		const tag = options.plainTags === true ? createHash("sha1").update(file.content).digest("hex") : hashOf(file);
		if (!file.lfs) {
			response.setHeader("etag", `"${tag}"`);
			return sendBytes(request, response, file.content, faults.get(name)?.shift());
		}
		const location = `${cdnUrl}/${encodeURIComponent(name)}?signed=1`;
		return response
			.writeHead(302, { location, "x-linked-etag": `"${tag}"`, "x-linked-size": file.content.length })
			.end();
	});
	const url = await listen(main);
	const hub: TestHub = {
		...{ url, requests, faults, files: options.files },
		async close() {
			for (const server of [main, cdn]) {
				server.closeAllConnections();
				await new Promise((resolve) => server.close(resolve));
			}
		},
	};
	return hub;
}

function refuse(path: string, { headers }: IncomingMessage, { token, gated }: HubOptions) {
	const known = path.startsWith(`/api/models/${repositoryId}/`) || path.startsWith(`/${repositoryId}/`);
	const allowed = token === undefined || headers.authorization === `Bearer ${token}`;
	if (!allowed && gated === true)
		return { status: headers.authorization === undefined ? 401 : 403, headers: { "x-error-code": "GatedRepo" } };
	if (!allowed && headers.authorization !== undefined) return { status: 401, headers: {} };
	// The hub does not tell strangers what there is.
	if (!known || !allowed) return { status: 401, headers: { "x-error-code": "RepoNotFound" } };
	const [, revision] = /\/(?:revision|resolve)\/([^/]+)/.exec(path) ?? [];
	const good = revision === "main" || revision === "v1" || revision === commit;
	return good ? undefined : { status: 404, headers: { "x-error-code": "RevisionNotFound" } };
}

function sendList(response: ServerResponse, files: TestHub["files"], bare: boolean, fault: Fault | undefined): void {
	if (fault?.kind === "status") return void response.writeHead(fault.status, fault.headers).end();
	if (fault?.kind === "body") return void response.end(fault.body);
	const siblings = Object.entries(files).map(([rfilename, file]) => {
		if (bare) return { rfilename };
		const size = file.content.length;
		const hash = hashOf(file);
		return file.lfs
			? { rfilename, size, blobId: "0".repeat(40), lfs: { sha256: hash, size, pointerSize: 134 } }
			: { rfilename, size, blobId: hash };
	});
	response.end(JSON.stringify({ id: repositoryId, sha: commit, siblings }));
}

function sendBytes(
	request: IncomingMessage,
	response: ServerResponse,
	content: Uint8Array,
	fault: Fault | undefined,
): void {
	if (fault?.kind === "status") return void response.writeHead(fault.status, fault.headers).end();
	const body = fault?.kind === "body" ? Buffer.from(fault.body) : content;
	const [, start] = /^bytes=(\d+)-$/.exec(request.headers.range ?? "") ?? [];
	const from = start === undefined || fault?.kind === "noRange" ? undefined : Number(start);
	if (from !== undefined && from >= body.length)
		return void response.writeHead(416, { "content-range": `bytes */${body.length}` }).end();
	const part = body.subarray(from ?? 0);
	response.writeHead(from === undefined ? 200 : 206, {
		"content-length": part.length,
		...(from !== undefined && { "content-range": `bytes ${from}-${body.length - 1}/${body.length}` }),
	});
	if (fault?.kind === "cut") {
		// Not at once: a reader drops what it has not looked at when the connection breaks.
		response.write(part.subarray(0, fault.after));
		setTimeout(() => response.destroy(), 100);
	} else if (fault?.kind === "hang") response.write(part.subarray(0, fault.after));
	else response.end(part);
}

function hashOf({ content, lfs }: HubFileContent): string {
	if (lfs) return createHash("sha256").update(content).digest("hex");
	return createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");
}

async function listen(server: Server): Promise<string> {
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Bytes of weights below `folder` that a fetch brought so far and has not put in place. */
export function stagedWeights(folder: string): number {
	return readdirSync(folder, { recursive: true, encoding: "utf8" })
		.filter((path) => path.endsWith("model.safetensors.part"))
		.reduce((sum, path) => sum + statSync(join(folder, path)).size, 0);
}
