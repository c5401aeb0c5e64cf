import { readFileSync } from "node:fs";
import { AttuneError, type ErrorCode, messageOf } from "#base/errors";
import { errorNumber, storageError } from "./storageError.ts";

/** The JSON in `file`; undefined if there is no such file. Throws AttuneError(`code`) if it is not JSON. */
export function readJsonIfThere(file: string, code: ErrorCode): unknown {
	let text: string;
	try {
		text = readFileSync(file, "utf8");
	} catch (error) {
		if (errorNumber(error) === "ENOENT") return undefined;
		throw storageError(error, file, "reading");
	}
	try {
		return JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
	} catch (cause) {
		const reason = text.trim() === "" ? "the file is empty" : `it is not JSON (${messageOf(cause).split("\n")[0]})`;
		throw new AttuneError(code, reason, { file, remedy: "Fetch the file again: it is damaged.", cause });
	}
}

/** The JSON in `file`, which must be there. */
export function readJson(file: string, code: ErrorCode): unknown {
	const json = readJsonIfThere(file, code);
	if (json !== undefined) return json;
	throw new AttuneError(code, "the file is missing", {
		file,
		remedy:
			code === "adapter"
				? "Name a folder that `attune adapt` or PEFT has saved."
				: "Fetch the model again: a part of it is not there.",
	});
}
