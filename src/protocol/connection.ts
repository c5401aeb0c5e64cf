/** Typed calls over any pair of message reader and writer, with failures as AttuneErrors on both sides. */
import {
	type CancellationToken,
	CancellationTokenSource,
	createMessageConnection,
	type MessageConnection,
	type MessageReader,
	type MessageWriter,
	ProgressType,
} from "vscode-jsonrpc";
import type { CancelToken } from "#base/cancel";
import { AttuneError } from "#base/errors";
import type { Log } from "#base/log";
import { Call, Notice, type StreamedCall } from "./calls.ts";
import { fromResponseError, toResponseError } from "./failure.ts";
import { SendWindow } from "./sendWindow.ts";

/** The caller of a stream has taken so many more of its parts. */
const taken = new Notice<{ readonly stream: number; readonly parts: number }>("stream/taken");
/** Parts after which that is told. */
const toldEvery = 8;
/** Of every stream: what its parts are is known by the call. */
const anyPart = new ProgressType<unknown>();

/** A cancellation that can be waited for; `AbortSignal` is one. */
export interface CancelSignal {
	readonly aborted: boolean;
	addEventListener(type: "abort", listener: () => void, options?: { readonly once?: boolean }): void;
	removeEventListener(type: "abort", listener: () => void): void;
}

/** What a call may be given besides its parameters. */
export interface CallOptions<Part> {
	readonly signal?: CancelSignal | undefined;
	/** Takes the parts of a streamed answer, in order, all before the call's result. */
	readonly onPart?: (part: Part) => void;
}

export class Connection {
	readonly #connection: MessageConnection;
	/** Of streams that are answered, by the caller's number. */
	readonly #windows = new Map<number, SendWindow>();
	#streams = 0;

	/** Takes messages from now on. What is no message is counted in the log, never thrown. */
	constructor(reader: MessageReader, writer: MessageWriter, log: Log) {
		const quiet = { error: count, warn: count, info() {}, log() {} };
		function count(): void {
			log.warn("a message that is none of ours was left out");
		}
		this.#connection = createMessageConnection(reader, writer, quiet);
		this.#connection.onError(([error]) => log.warn(`connection: ${error.name}`));
		this.#connection.onNotification(taken.method, ({ stream, parts }) => this.#windows.get(stream)?.taken(parts));
	}

	/** Registered handlers hear from now on. */
	listen(): void {
		this.#connection.listen();
	}

	onClose(listener: () => void): void {
		this.#connection.onClose(listener);
	}

	/** Answers calls of one type. `cancel` turns true when the caller no longer wants it. */
	handle<Params, Result>(
		type: Call<Params, Result>,
		handler: (params: Params, cancel: CancelToken) => Promise<Result>,
	): void {
		this.#connection.onRequest<unknown, unknown>(type.method, async (params: Params, token: CancellationToken) => {
			try {
				return await handler(params, asCancelToken(token));
			} catch (error) {
				throw toResponseError(error);
			}
		});
	}

	/** Answers streamed calls: `send` resolves when the part is on its way, which it is once the caller has taken most of those before it. */
	handleStream<Params, Part, Result>(
		type: StreamedCall<Params, Part, Result>,
		handler: (params: Params, send: (part: Part) => Promise<void>, cancel: CancelToken) => Promise<Result>,
	): void {
		this.handle(inStream(type), async ({ params, stream }, cancel) => {
			const window = new SendWindow();
			this.#windows.set(stream, window);
			let last = Promise.resolve();
			const send = (part: Part): Promise<void> => {
				last = window.enter().then(() => this.#connection.sendProgress(anyPart, stream, part));
				last.catch(() => window.open());
				return last;
			};
			try {
				return await handler(params, send, cancel);
			} finally {
				await last.catch(() => {});
				this.#windows.delete(stream);
			}
		});
	}

	async call<Params, Result>(type: Call<Params, Result>, params: Params, signal?: CancelSignal): Promise<Result> {
		const source = new CancellationTokenSource();
		const cancel = (): void => source.cancel();
		if (signal?.aborted === true) throw cancelledByCaller();
		signal?.addEventListener("abort", cancel, { once: true });
		try {
			return await this.#connection.sendRequest(type.method, params, source.token);
		} catch (error) {
			throw fromResponseError(error);
		} finally {
			signal?.removeEventListener("abort", cancel);
			source.dispose();
		}
	}

	async callStream<Params, Part, Result>(
		type: StreamedCall<Params, Part, Result>,
		params: Params,
		{ signal, onPart }: CallOptions<Part>,
	): Promise<Result> {
		const stream = this.#streams++;
		let count = 0;
		const parts = this.#connection.onProgress(anyPart, stream, (part) => {
			try {
				onPart?.(part as Part);
			} finally {
				if (++count % toldEvery === 0) this.notify(taken, { stream, parts: toldEvery }).catch(() => {});
			}
		});
		try {
			return await this.call(inStream(type), { params, stream }, signal);
		} finally {
			parts.dispose();
		}
	}

	notify<Params>(type: Notice<Params>, params: Params): Promise<void> {
		return this.#connection.sendNotification(type.method, params);
	}

	/** Nobody waits for an answer: a handler that fails is counted in the log. */
	onNotify<Params>(type: Notice<Params>, handler: (params: Params) => void | Promise<void>): void {
		this.#connection.onNotification(type.method, handler);
	}

	/** Ends the connection; calls under way are rejected with code "process". */
	close(): void {
		for (const window of this.#windows.values()) window.open();
		this.#connection.end();
		this.#connection.dispose();
	}
}

/** The call as it is sent: with the number of its stream. */
function inStream<Params, Part, Result>({ method }: StreamedCall<Params, Part, Result>) {
	return new Call<{ readonly params: Params; readonly stream: number }, Result>(method);
}

function asCancelToken(token: CancellationToken): CancelToken {
	return {
		get cancelled() {
			return token.isCancellationRequested;
		},
	};
}

function cancelledByCaller(): AttuneError {
	return new AttuneError("cancelled", "cancelled", { remedy: "Ask again." });
}
