/** Failures of a network that may be gone the next time. */
import { AttuneError, messageOf } from "#base/errors";
import { errorNumber } from "#runtime/storageError";

export class Transient extends Error {
	/** What the server asked for. */
	readonly retryAfterSeconds: number | undefined;

	constructor(
		reason: string,
		details: { readonly retryAfterSeconds?: number | undefined; readonly cause?: unknown } = {},
	) {
		super(reason, { cause: details.cause });
		this.name = "Transient";
		this.retryAfterSeconds = details.retryAfterSeconds;
	}
}

export interface RetryOptions {
	/** Anything that only grows while work succeeds, such as bytes: what moved on may fail as often again. */
	readonly progress?: () => number;
	readonly wait: (milliseconds: number) => Promise<void>;
	/** Where, for the message. */
	readonly host: string;
}

const mostFailures = 5;
const longestWaitSeconds = 300;

/** Does `work` until it succeeds, waiting 1, 2, 4, 8 s or as long as the server asks between `Transient` failures. */
export async function retrying<T>(work: () => Promise<T>, options: RetryOptions): Promise<T> {
	let failures = 0;
	for (;;) {
		const before = options.progress?.() ?? 0;
		try {
			return await work();
		} catch (error) {
			if (!(error instanceof Transient)) throw error;
			if ((options.progress?.() ?? 0) > before) failures = 0;
			const seconds = error.retryAfterSeconds ?? 2 ** failures;
			if (++failures >= mostFailures || seconds > longestWaitSeconds) throw gaveUp(error, failures, options.host);
			await options.wait(1000 * seconds);
		}
	}
}

function gaveUp(error: Transient, failures: number, host: string): AttuneError {
	const { retryAfterSeconds } = error;
	const tries = failures === 1 ? "" : ` (${failures} times)`;
	return new AttuneError("network", `${host}: ${error.message}${tries}`, {
		remedy:
			retryAfterSeconds === undefined || retryAfterSeconds < 1
				? "Check the connection, then fetch again: it goes on where it stopped. Behind a proxy set HTTPS_PROXY; name a mirror with --host or HF_ENDPOINT."
				: `Fetch again in ${Math.ceil(retryAfterSeconds / 60)} min: it goes on where it stopped. A token (HF_TOKEN) raises the limit.`,
		cause: error,
	});
}

/** Errors of sockets and of Node's HTTP client that are not about what was asked. */
const passing = new Set([
	...["ECONNRESET", "ECONNREFUSED", "ECONNABORTED", "EPIPE", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH", "ENETDOWN"],
	...["ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT", "UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT"],
	...["UND_ERR_SOCKET", "UND_ERR_RES_CONTENT_LENGTH_MISMATCH", "HPE_INVALID_CONSTANT", "UND_ERR_ABORTED"],
]);

/** `error` of a request to `host`: `Transient` if it may pass, AttuneError("network") if the client names another reason. */
export function requestError(error: unknown, host: string): unknown {
	const code = errorNumber(error);
	if (code === undefined || error instanceof AttuneError) return error;
	if (passing.has(code) || code.startsWith("HPE_")) return broken(error, code);
	const tls = tlsCode(error);
	const reason = tls === undefined ? `${messageOf(error)} (${code})` : `no trusted connection (${tls})`;
	const trust =
		"If a private authority or an inspecting proxy signs its certificate, name the authority's in NODE_EXTRA_CA_CERTS. ";
	const remedy = `${tls === undefined ? "" : trust}Check the host's address: --host, HF_ENDPOINT or attune.models.host.`;
	return new AttuneError("network", `${host}: ${reason}`, { remedy, cause: error });
}

/** `error` in the middle of an answer: its connection was good before, whatever broke it. */
export function bodyError(error: unknown): unknown {
	const code = errorNumber(error);
	return code === undefined ? error : broken(error, code);
}

function broken(error: unknown, code: string): Transient {
	const reasons: Readonly<Record<string, string>> = {
		ENOTFOUND: "there is no such host",
		EAI_AGAIN: "the name of the host cannot be resolved now",
		ECONNREFUSED: "the connection is refused",
	};
	return new Transient(reasons[code] ?? `the connection broke (${code}: ${messageOf(error)})`, { cause: error });
}

/** What OpenSSL or Node has against the other side, such as a certificate that nobody vouches for. */
function tlsCode(error: unknown): string | undefined {
	const code = errorNumber(error);
	if (code !== undefined && /CERT|^UNABLE_TO_|^ERR_(?:TLS|SSL)_|^EPROTO$|^HOSTNAME_MISMATCH$|^INVALID_/.test(code))
		return code;
	return error instanceof Error && error.cause !== undefined ? tlsCode(error.cause) : undefined;
}
