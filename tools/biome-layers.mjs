/**
 * Writes the layer table (tools/layers.json) into biome.json as one `noRestrictedImports` override per folder of src,
 * so that the editor marks a forbidden import while it is typed. `--check` only says whether that is up to date.
 *
 * Lint cannot tell a type-only import from another, so a row's `types` are allowed here; test/repository/layers.test.ts
 * looks closer.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const packages = [
	"vscode",
	"onnxruntime-node",
	"onnxruntime-common",
	"@huggingface/tokenizers",
	"protobufjs",
	"ignore",
	"chokidar",
	"uplot",
	"markdown-it",
	"dompurify",
];

/** The overrides of biome.json that `table` asks for, in its order. */
export function layerOverrides(table) {
	return Object.entries(table).map(([layer, row]) => {
		const allowed = new Set([layer, ...row.imports, ...row.types]);
		const forbidden = Object.keys(table).filter((other) => !allowed.has(other));
		const group = [
			...forbidden.flatMap((other) => [`#${other}/**`, `../**/${other}/**`]),
			...packages.filter((name) => !row.packages.includes(name)).flatMap((name) => [name, `${name}/**`]),
		];
		const message = `src/${layer} may not import this: see the layer table in ARCHITECTURE.md.`;
		return {
			includes: [`src/${layer}/**`],
			linter: {
				rules: {
					style: { noRestrictedImports: { level: "error", options: { patterns: [{ group, message }] } } },
					...(row.node ? {} : { correctness: { noNodejsModules: "error" } }),
				},
			},
		};
	});
}

/** `config` with its layer overrides replaced; every other override stays. */
export function withLayers(config, table) {
	const isLayer = (override) => override.linter?.rules?.style?.noRestrictedImports !== undefined;
	return {
		...config,
		overrides: [...(config.overrides ?? []).filter((one) => !isLayer(one)), ...layerOverrides(table)],
	};
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
	const read = (path) => JSON.parse(readFileSync(path, "utf8"));
	const config = read("biome.json");
	const wanted = withLayers(config, read("tools/layers.json"));
	if (JSON.stringify(config) === JSON.stringify(wanted)) process.exit(0);
	if (process.argv.includes("--check")) {
		process.stderr.write("biome.json does not follow tools/layers.json: run `node tools/biome-layers.mjs`\n");
		process.exit(1);
	}
	writeFileSync("biome.json", `${JSON.stringify(wanted, null, "\t")}\n`);
}
