/** The layer table as a checker of single files; `layers.test.ts` runs it over all of them. */
import { builtinModules } from "node:module";
import { posix } from "node:path";

export interface LayerRow {
	/** Layers whose code it may use. */
	readonly imports: readonly string[];
	/** Layers of which it may use types alone. */
	readonly types: readonly string[];
	readonly packages: readonly string[];
	/** May it use Node's own modules? */
	readonly node: boolean;
}

export type LayerTable = Readonly<Record<string, LayerRow>>;

export interface ImportStatement {
	readonly specifier: string;
	/** Gone at run time. */
	readonly typeOnly: boolean;
}

/** What is wrong with `imports` of the file `path` ("src/<layer>/..."), one sentence each. */
export function violations(path: string, imports: readonly ImportStatement[], table: LayerTable): string[] {
	const layer = path.split("/")[1] ?? "";
	const row = table[layer];
	if (path.split("/").length < 3 || row === undefined) return [`${path} belongs to no layer`];
	return imports
		.filter((statement) => !allowed(resolve(path, statement.specifier), statement.typeOnly, layer, row))
		.map(({ specifier, typeOnly }) => `${path} may not import ${typeOnly ? "even a type of " : ""}${specifier}`);
}

/** Every static, dynamic and required import in TypeScript source, also those that TypeScript or a bundler would drop. */
export function importsOf(source: string): ImportStatement[] {
	const code = source.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
	const statements = code.matchAll(/^\s*(?:import|export)\b([^;"'`]*?\bfrom)?\s*["']([^"']+)["']/gm);
	const calls = code.matchAll(
		/(\btypeof\s+)?\b(?:import|require(?:\.resolve)?|createRequire\([^)]*\))\(\s*["'`]([^"'`]+)["'`]/g,
	);
	return [
		...[...statements].map((match) => statement(match[2], isTypeOnly(match[1] ?? ""))),
		...[...calls].map((match) => statement(match[2], match[1] !== undefined)),
	];
}

type Target = { readonly kind: "layer" | "package"; readonly name: string } | { readonly kind: "node" | "unknown" };

function allowed(target: Target, typeOnly: boolean, layer: string, row: LayerRow): boolean {
	switch (target.kind) {
		case "node":
			return row.node;
		case "package":
			return row.packages.includes(target.name);
		case "layer":
			return (
				target.name === layer || row.imports.includes(target.name) || (typeOnly && row.types.includes(target.name))
			);
		default:
			return false;
	}
}

function resolve(from: string, specifier: string): Target {
	if (specifier.startsWith("#")) return { kind: "layer", name: specifier.slice(1).split("/")[0] ?? "" };
	if (specifier.startsWith(".")) {
		const [top, name] = posix.join(posix.dirname(from), specifier).split("/");
		return top === "src" && name !== undefined ? { kind: "layer", name } : { kind: "unknown" };
	}
	if (specifier.startsWith("node:") || builtinModules.includes(specifier)) return { kind: "node" };
	const parts = specifier.split("/");
	return { kind: "package", name: parts.slice(0, specifier.startsWith("@") ? 2 : 1).join("/") };
}

/** `clause` is what stands between `import` and the specifier. */
function isTypeOnly(clause: string): boolean {
	if (/^\s*type\b(?!\s*(?:,|from\s*$))/.test(clause)) return true;
	const names = /^\s*\{([\s\S]*)\}\s*from$/.exec(clause)?.[1]?.split(",");
	return names?.every((name) => name.trim() === "" || /^\s*type\s/.test(name)) ?? false;
}

function statement(specifier: string | undefined, typeOnly: boolean): ImportStatement {
	return { specifier: specifier ?? "", typeOnly };
}
