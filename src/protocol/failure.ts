/** How failures cross a process boundary: their reason and remedy, never a stack. */
import { ErrorCodes, ResponseError } from "vscode-jsonrpc";
import { AttuneError, type ErrorCode } from "#base/errors";

/** What the other side needs to build the same AttuneError. */
interface FailureData {
	readonly code: ErrorCode;
	readonly remedy: string;
	readonly file: string | undefined;
}

const failed = -32_000;

/** `error` as the answer to a call. */
export function toResponseError(error: unknown): ResponseError<FailureData> {
	if (error instanceof AttuneError) {
		const { code, remedy, file } = error;
		return new ResponseError(failed, error.message, { code, remedy, file });
	}
	const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
	return new ResponseError(failed, message, { code: "internal", remedy: reportRemedy, file: undefined });
}

/** What a call was answered with, or why it was not, as an AttuneError. */
export function fromResponseError(error: unknown): AttuneError {
	if (error instanceof AttuneError) return error;
	if (!(error instanceof ResponseError)) return new AttuneError("internal", String(error), { remedy: reportRemedy });
	if (isFailureData(error.data)) {
		const { code, remedy } = error.data;
		return new AttuneError(code, error.message, { remedy, cause: error });
	}
	if (error.code === ErrorCodes.PendingResponseRejected) return processEnded(error);
	return new AttuneError("internal", error.message, { remedy: reportRemedy, cause: error });
}

/** A call whose process ended before it answered. */
export function processEnded(cause: unknown): AttuneError {
	return new AttuneError("process", "the process that worked on this ended", {
		remedy: "It is started again by itself; ask once more.",
		cause,
	});
}

function isFailureData(data: unknown): data is FailureData {
	return typeof data === "object" && data !== null && "code" in data && "remedy" in data;
}

const reportRemedy = "This is a defect of Attune: please report it with `Attune: Copy Diagnostics`.";
