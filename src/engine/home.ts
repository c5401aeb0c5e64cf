/** Where Attune keeps things on this machine. Nothing is ever written into a project. */
import { createHash } from "node:crypto";
import { existsSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { invariant } from "#base/assert";

export interface Home {
	/** Holds all the others. */
	readonly root: string;
	/** Models the user fetched, one folder each. */
	readonly models: string;
	/** Weights made readable for onnxruntime, rebuilt when missing. */
	readonly weights: string;
	/** One folder per workspace. */
	readonly workspaces: string;
	/** Models of the benchmarks. */
	readonly bench: string;
	/** Beginning of a file's name that is there while a run is learning. */
	readonly lock: string;
}

/** `$ATTUNE_HOME`, else the platform's place for an application's data. */
export function attuneHome(environment: NodeJS.ProcessEnv = process.env): Home {
	const given = environment["ATTUNE_HOME"] ?? "";
	const root = given === "" ? join(dataFolder(environment), "attune") : resolve(given);
	return {
		root,
		models: join(root, "models"),
		weights: join(root, "weights"),
		workspaces: join(root, "workspaces"),
		bench: join(root, "bench"),
		lock: join(root, "learning"),
	};
}

/** Folders that are Attune's own wherever they lie, links resolved; a project may lie beside them in the home's root. */
export function ownFolders({ root, models, weights, workspaces, bench }: Home): ReadonlySet<string> {
	return new Set([root, models, weights, workspaces, bench].map(realPath));
}

export interface WorkspaceFiles {
	/** The served adapter: a PEFT folder. */
	readonly adapter: string;
	/** Scores of the base model by content. */
	readonly scores: string;
	/** Scores of adapters by content. */
	readonly adapterScores: string;
	/** Folder of the runs that came to an end. */
	readonly history: string;
	/** Folder of a run's checkpoint. */
	readonly checkpoint: string;
	/** Folder of what keep-learning goes on from. */
	readonly keeping: string;
}

/** Of the folder's name, in code points: with the hash it fits into the 255 bytes of a name, whatever the script. */
const longestName = 60;

/**
 * The files of the workspace made of these roots, named so that a person can tell whose they are. The order of the roots, and links
 * on the way to them, make no other workspace.
 */
export function workspaceFiles(home: Home, roots: readonly string[]): WorkspaceFiles {
	const paths = [...new Set(roots.map(realPath))].sort();
	const hash = createHash("sha256").update(paths.join("\0")).digest("hex").slice(0, 12);
	const name = [...basename(paths[0] ?? "workspace")].slice(0, longestName).join("");
	const folder = join(home.workspaces, `${name}-${hash}`);
	const file = (part: string) => join(folder, part);
	return {
		adapter: file("adapter"),
		scores: file("scores"),
		adapterScores: file("adapter-scores"),
		history: file("history"),
		checkpoint: file("checkpoint"),
		keeping: file("keeping"),
	};
}

/** Absolute, links resolved as far as the path is there. */
function realPath(path: string): string {
	const absolute = resolve(path);
	try {
		// The system's own: it gives the letters' case as the disk has it, however it was typed.
		return realpathSync.native(absolute);
	} catch {
		const parent = dirname(absolute);
		return parent === absolute ? absolute : join(realPath(parent), basename(absolute));
	}
}

/** A folder inside the installed package's `media/`. */
export function mediaFolder(name: string): string {
	return join(packageRoot(), "media", name);
}

/** The folder of the installed package, from wherever this code was bundled to. */
export function packageRoot(): string {
	let folder = dirname(fileURLToPath(import.meta.url));
	while (!existsSync(join(folder, "package.json"))) {
		invariant(dirname(folder) !== folder, "the package of this file has no package.json");
		folder = dirname(folder);
	}
	return folder;
}

/** A built entry point of `src/main`, to be started as a process of its own. */
export function programFile(name: string): string {
	return join(packageRoot(), "dist", `${name}.js`);
}

function dataFolder(environment: NodeJS.ProcessEnv): string {
	// Unset, empty and relative are the same, as the XDG specification has it: a relative one would lie in the user's project.
	const given = (name: string, usual: string): string => {
		const value = environment[name] ?? "";
		return isAbsolute(value) ? value : join(homedir(), usual);
	};
	switch (process.platform) {
		case "win32":
			return given("LOCALAPPDATA", join("AppData", "Local"));
		case "darwin":
			return join(homedir(), "Library", "Application Support");
		default:
			return given("XDG_DATA_HOME", join(".local", "share"));
	}
}
