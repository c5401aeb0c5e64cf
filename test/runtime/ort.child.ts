/** Runs one session; without `--loader`, loads onnxruntime behind the loader's back. Says the result on stdout. */
import { createRequire } from "node:module";
import { loadOrt } from "#runtime/ort";
import { identityModel } from "./tiny-model.ts";

const ort = process.argv.includes("--loader") ? loadOrt() : bareLibrary();
const session = await ort.createSession(identityModel());
const { y } = await session.run({ x: new ort.Tensor("float32", [1, 2], [2]) });
process.stdout.write(JSON.stringify(y === undefined ? [] : [...(y.data as Float32Array)]));

function bareLibrary() {
	const library: typeof import("onnxruntime-node") = createRequire(import.meta.url)("onnxruntime-node");
	return { Tensor: library.Tensor, createSession: (model: Uint8Array) => library.InferenceSession.create(model) };
}
