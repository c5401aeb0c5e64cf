/** Closed files that the one being written imports: found and read, under the one policy, between requests and never during one. */
import { isDeepStrictEqual } from "node:util";
import type { KnownFile } from "#assist/context/gather";
import { importedPaths, importSpecifiers } from "#assist/context/imports";
import type { Clock } from "#base/clock";
import { namesBelow } from "../feed/names.ts";
import { absolutePath, type Root, resolveRoots } from "../feed/roots.ts";
import type { Home } from "../home.ts";
import { openWorkspacePolicy, type WorkspacePolicy } from "../workspacePolicy.ts";

/** Names that imports are looked for among. */
const mostNames = 20_000;
/** Held at a time, the latest wanted. */
const mostFiles = 16;
const mostCharacters = 200_000;
/** Of one file; longer ones are not held. */
const longest = 100_000;
/** Seconds after which a file is read anew, and names are listed anew, when they are wanted again. */
const fresh = 5;
/** Listing takes at most this share of the time. */
const listingShare = 0.02;

export interface Importer {
	readonly path: string;
	readonly text: string;
	readonly language: string;
}

export interface ImportedFilesPorts {
	readonly home: Home;
	readonly clock: Clock;
	/** Resolves when nobody waits for a suggestion. */
	readonly quiet: () => Promise<void>;
	/** A file is there, or has other text than before. */
	readonly onRead: (text: string) => Promise<void>;
}

interface Project {
	readonly roots: readonly Root[];
	readonly policy: WorkspacePolicy;
	names: readonly string[];
	/** Seconds on the clock. */
	listAgainAt: number;
}

export class ImportedFiles {
	readonly #ports: ImportedFilesPorts;
	#project: Project | undefined;
	/** Latest wanted last; without a file where it is not for a model, or too long. */
	readonly #read = new Map<string, { readonly file: KnownFile | undefined; readonly seconds: number }>();
	#resolved: { readonly key: string; readonly names: readonly string[]; readonly paths: readonly string[] } | undefined;
	#wanted: Importer | undefined;
	#working = false;

	constructor(ports: ImportedFilesPorts) {
		this.#ports = ports;
	}

	get files(): readonly KnownFile[] {
		return [...this.#read.values()].flatMap(({ file }) => file ?? []);
	}

	/** What was read so far is forgotten, also where one of the folders is missing: AttuneError "workspace". */
	use(folders: readonly string[]): void {
		this.#project = undefined;
		this.#resolved = undefined;
		this.#read.clear();
		if (folders.length === 0) return;
		const { home } = this.#ports;
		const policy = openWorkspacePolicy(folders, { home });
		this.#project = { roots: resolveRoots(folders), policy, names: [], listAgainAt: Number.NEGATIVE_INFINITY };
	}

	/** Looks for what this file imports, in the background; of several the last one counts. */
	follow(importer: Importer): void {
		this.#wanted = importer;
		if (this.#working) return;
		this.#working = true;
		// Whatever fails here, suggestions go on without.
		const ended = () => {
			this.#working = false;
		};
		this.#work().then(ended, ended);
	}

	async #work(): Promise<void> {
		for (let importer = this.#wanted; importer !== undefined; importer = this.#wanted) {
			this.#wanted = undefined;
			await this.#ports.quiet();
			const project = this.#project;
			if (project !== undefined) await this.#readImports(importer, project);
		}
	}

	async #readImports(importer: Importer, project: Project): Promise<void> {
		const { clock, home, quiet, onRead } = this.#ports;
		const started = clock.seconds();
		if (started >= project.listAgainAt) {
			const names = await namesBelow(project.roots, home, mostNames);
			if (!isDeepStrictEqual(names, project.names)) project.names = names;
			const now = clock.seconds();
			project.listAgainAt = now + Math.max(fresh, (now - started) / listingShare);
		}
		for (const path of this.#pathsOf(importer, project.names).slice(0, mostFiles)) {
			await quiet();
			if (project !== this.#project) return;
			const known = this.#read.get(path);
			this.#read.delete(path);
			if (known !== undefined && clock.seconds() < known.seconds + fresh) {
				this.#read.set(path, known);
				continue;
			}
			const item = project.policy.judge(absolutePath(project.roots, path));
			const text = item?.kind === "file" && item.file.text.length <= longest ? item.file.text : undefined;
			const file = text === undefined ? undefined : { path, text, open: false };
			this.#read.set(path, { file, seconds: clock.seconds() });
			if (text !== undefined && text !== known?.file?.text) await onRead(text);
		}
		this.#trim();
	}

	#pathsOf({ path, text, language }: Importer, names: readonly string[]): readonly string[] {
		const key = JSON.stringify([path, language, importSpecifiers(text, language)]);
		if (this.#resolved?.key !== key || this.#resolved.names !== names)
			this.#resolved = { key, names, paths: importedPaths(path, text, language, names) };
		return this.#resolved.paths;
	}

	#trim(): void {
		let characters = this.files.reduce((sum, { text }) => sum + text.length, 0);
		for (const [path, { file }] of this.#read) {
			if (this.#read.size <= mostFiles && characters <= mostCharacters) return;
			this.#read.delete(path);
			characters -= file?.text.length ?? 0;
		}
	}
}
