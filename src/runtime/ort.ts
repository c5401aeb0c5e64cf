import { createRequire } from "node:module";
import type { InferenceSession, Tensor, TensorConstructor } from "onnxruntime-node";
import { AttuneError, messageOf } from "#base/errors";

export type OrtSession = InferenceSession;
export type OrtTensor = Tensor;
export type OrtSessionOptions = InferenceSession.SessionOptions;

/** All that the engine uses of onnxruntime-node. */
export interface Ort {
	readonly version: string;
	/** Execution providers inside the installed package, "cpu" always among them; those it would have to download are not named. */
	readonly providers: readonly string[];
	readonly Tensor: TensorConstructor;
	/** A session over the bytes of an ONNX model. Rejects with onnxruntime's own error: only the caller knows what it asked. */
	createSession(model: Uint8Array, options?: OrtSessionOptions): Promise<OrtSession>;
}

let loaded: Ort | undefined;

/**
 * The only place that loads onnxruntime-node. Its telemetry is switched off first: left on, the library writes a device id and a
 * database below the user's cache folder and opens a connection when the first session is made.
 *
 * `run` of a session is synchronous on this thread once it starts. Throws `AttuneError("unsupported")` where there is no binary.
 */
export function loadOrt(): Ort {
	loaded ??= load();
	return loaded;
}

function load(): Ort {
	process.env["ORT_DISABLE_TELEMETRY"] = "1";
	const library = requireLibrary();
	library.env.logLevel = "error";
	return {
		version: library.env.versions.node ?? "unknown",
		providers: library
			.listSupportedBackends()
			.filter((backend) => backend.bundled)
			.map((backend) => backend.name),
		Tensor: library.Tensor,
		createSession: (model, options = {}) =>
			library.InferenceSession.create(model, { logSeverityLevel: onlyErrors, ...options }),
	};
}

const onlyErrors = 3;

function requireLibrary(): typeof import("onnxruntime-node") {
	try {
		// A require, not an import: the package is CommonJS, and native code cannot be bundled.
		return createRequire(import.meta.url)("onnxruntime-node");
	} catch (cause) {
		throw new AttuneError(
			"unsupported",
			`onnxruntime-node cannot be loaded on ${process.platform}/${process.arch} (${messageOf(cause).split("\n")[0]})`,
			{
				remedy:
					"Use Windows or Linux with glibc (x64, arm64) or macOS on arm64, and reinstall with `npm ci` if files are missing.",
				cause,
			},
		);
	}
}
