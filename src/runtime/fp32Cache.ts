/** The fp32 cache: `<cacheFolder>/<model hash>/weights.f32`, every parameter as float32 in the order of `parameterShapes`. */
import { realpathSync } from "node:fs";
import { join } from "node:path";
import type { ModelConfig } from "#models/config";
import { parameterShapes } from "#models/parameters";
import { type Scan, scanParameters } from "./scan.ts";
import { type FileLayout, isWhole, layOut, type Place, writeWeightFile } from "./weightFile.ts";

export interface Fp32Cache {
	/** Real path. */
	readonly folder: string;
	readonly file: string;
	readonly layout: ReadonlyMap<string, Slot>;
}

export interface Slot extends Place {
	readonly shape: readonly number[];
}

const fileName = "weights.f32";
const kind = { format: "attune-fp32", version: 1 };

/** The cache of the model with `hash`, or undefined if there is none or it is damaged. */
export function readFp32Cache(cacheFolder: string, hash: string, config: ModelConfig): Fp32Cache | undefined {
	const folder = join(cacheFolder, hash);
	const { places, size } = layoutOf(config);
	if (!isWhole(join(folder, fileName), { ...kind, hash }, size)) return undefined;
	return { folder: realpathSync(folder), file: fileName, layout: places };
}

/** Converts and checks all parameters in one pass; returns the model's hash. A damaged cache of the same model is replaced. */
export async function writeFp32Cache(cacheFolder: string, scan: Scan): Promise<string> {
	return writeWeightFile(cacheFolder, fileName, layoutOf(scan.config), kind, (write) =>
		scanParameters(scan, (name, first, values) => {
			write(name, first * 4, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
		}),
	);
}

function layoutOf(config: ModelConfig): FileLayout<Slot> {
	const tensors = [...parameterShapes(config)].map(
		([name, shape]) => [name, { shape, byteLength: shape.reduce((a, b) => a * b, 4) }] as const,
	);
	return layOut(new Map(tensors));
}
