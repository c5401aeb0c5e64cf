/** Folders that are never entered, by name. All names are lower case and compared so. */

/** Version control: never entered, whatever `.attuneignore` says. */
const versionControl = new Set([".git", ".hg", ".svn", ".jj", ".bzr", ".sl", "cvs"]);

/** Folders of credentials: never entered either. */
const credentials = new Set([".ssh", ".gnupg", ".aws", ".azure", ".kube", ".docker", ".gcloud", ".password-store"]);

/** What tools install, cache or write: packages, environments, build caches. */
const toolMade = new Set([
	...["node_modules", "bower_components", "jspm_packages", "web_modules", ".yarn", ".pnpm-store", ".npm"],
	...["__pycache__", ".venv", "venv", "virtualenv", "site-packages", ".tox", ".nox", ".eggs", ".ipynb_checkpoints"],
	...[
		".mypy_cache",
		".pytest_cache",
		".ruff_cache",
		".hypothesis",
		".gradle",
		".m2",
		".ivy2",
		".dart_tool",
		".pub-cache",
	],
	...[".idea", ".vs", ".vscode-test", ".fleet", ".settings", ".metals", ".bloop", ".history", ".direnv", ".terraform"],
	...[".next", ".nuxt", ".output", ".svelte-kit", ".astro", ".angular", ".turbo", ".nx", ".parcel-cache", ".cache"],
	...[".nyc_output", "htmlcov", ".serverless", ".vercel", ".netlify", ".expo", "deriveddata", ".build", ".stack-work"],
	...["_build", "elm-stuff", ".cargo", ".rustup", ".attune", "$recycle.bin", ".trash", "lost+found"],
]);

/** Copies of other people's code, and built copies of one's own. */
const vendored = new Set([
	...["vendor", "vendors", "_vendor", "vendored", "third_party", "third-party", "thirdparty", "3rdparty", "3rd-party"],
	...["3rd_party", "extern", "pods", "carthage", "godeps", "dist", "cdnjs", "wwwroot-lib"],
]);

/** All of them, but those that are told by how their names end. */
export const foldersNotEntered: readonly string[] = [...versionControl, ...credentials, ...toolMade, ...vendored];

export type FolderKind = "versionControl" | "credentials" | "toolMade" | "vendored";

/** What kind of folder a name stands for, if it is one that is not entered. */
export function folderKind(name: string): FolderKind | undefined {
	const lower = name.toLowerCase();
	if (versionControl.has(lower)) return "versionControl";
	if (credentials.has(lower)) return "credentials";
	if (toolMade.has(lower) || lower.endsWith(".egg-info")) return "toolMade";
	return vendored.has(lower) ? "vendored" : undefined;
}

/** Files whose presence says that a tool made the folder: a cache (bford.info/cachedir), a Python environment, an adapter (PEFT). */
export const toolMadeMarkers: ReadonlySet<string> = new Set(["CACHEDIR.TAG", "pyvenv.cfg", "adapter_config.json"]);
