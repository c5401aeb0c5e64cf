import { deepEqual, equal, rejects } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadOrt } from "#runtime/ort";
import { identityModel } from "./tiny-model.ts";

describe("runtime/ort", () => {
	it("runs a model and names the providers", async () => {
		const ort = loadOrt();
		equal(ort.providers.includes("cpu"), true);
		const session = await ort.createSession(identityModel());
		const { y } = await session.run({ x: new ort.Tensor("float32", [3, 4], [2]) });
		deepEqual(y?.data, Float32Array.of(3, 4));
	});

	it("rejects bytes that are no model", async () => {
		await rejects(loadOrt().createSession(Uint8Array.of(1, 2, 3)), /protobuf|parse/i);
	});

	it("leaves no file in the user's folders", () => {
		deepEqual(filesLeft(["--loader"]), []);
	});

	if (process.platform === "linux") {
		it("would leave telemetry files there if it were loaded otherwise", () => {
			equal(
				filesLeft([]).some((path) => path.endsWith("deviceid")),
				true,
			);
		});
	}
});

/** Every file below a fresh home after a session has run in a child. */
function filesLeft(options: string[]): string[] {
	const home = mkdtempSync(join(tmpdir(), "attune-home-"));
	try {
		// Nothing of ours but what a program needs: onnxruntime is quiet of itself where CI is set. The proxy leads nowhere:
		// whatever is written below must not be sent.
		const { PATH = "", SystemRoot = "" } = process.env;
		const places = { HOME: home, USERPROFILE: home, LOCALAPPDATA: home, XDG_CACHE_HOME: join(home, ".cache") };
		const env = { PATH, SystemRoot, https_proxy: "http://127.0.0.1:9", ...places };
		const child = join(import.meta.dirname, "ort.child.js");
		const { stdout, stderr } = spawnSync(process.execPath, [child, ...options], { env, encoding: "utf8" });
		equal(stdout, "[1,2]", stderr);
		return readdirSync(home, { recursive: true, encoding: "utf8" });
	} finally {
		rmSync(home, { recursive: true, force: true });
	}
}
