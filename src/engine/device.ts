/** Which onnxruntime provider does the work. */
import { AttuneError } from "#base/errors";
import { type Device, isProved, listDevices, requireDevice } from "#runtime/devices";
import type { SessionTarget } from "#runtime/graphSession";
import { programFile } from "./home.ts";

/** What can run here and what cannot, each tried in a process of its own. */
export function findDevices(): Promise<readonly Device[]> {
	return listDevices({ probeFile: programFile("probe") });
}

/** The target for a device named by the user, "auto" for the fastest; throws AttuneError("device") if it is absent or does not work. */
export async function chooseDevice(name: string, threads = 0): Promise<SessionTarget> {
	if (name === "cpu") return { provider: "cpu", dtype: "float32", threads };
	const { provider } = await requireDevice(name, { probeFile: programFile("probe") });
	if (!isProved(provider))
		throw new AttuneError("device", `${provider} works here, but Attune's graphs have not been proved on it`, {
			remedy: "Choose --device cpu or --device webgpu.",
		});
	return { provider, dtype: "float32", threads };
}
