/** What package.json promises the editor: settings, commands, words, pictures. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { callsIn, messages } from "../../tools/l10n.mjs";

interface Setting {
	readonly order?: number;
	readonly scope?: string;
	readonly type?: string | readonly string[];
	readonly default?: unknown;
	readonly enum?: readonly string[];
	readonly minimum?: number;
	readonly maximum?: number;
	readonly markdownDescription?: string;
	readonly markdownEnumDescriptions?: readonly string[];
}

interface Step {
	readonly id: string;
	readonly title: string;
	readonly description: string;
	readonly media: { readonly svg: string; readonly altText: string };
	readonly completionEvents: readonly string[];
}

const manifest = JSON.parse(readFileSync("package.json", "utf8"));
const words: Record<string, string> = JSON.parse(readFileSync("package.nls.json", "utf8"));
const { contributes } = manifest;
const groups: readonly { readonly properties: Record<string, Setting> }[] = contributes.configuration;
const settings = groups.flatMap(({ properties }) => Object.entries(properties));
const commands: readonly { command: string; title: string; category: string }[] = contributes.commands;

describe("repository/manifest: settings", () => {
	it("are 25 at most", () => {
		ok(settings.length <= 25, `${settings.length} settings`);
	});

	it("have a scope, a description, a default of their type, and a place of their own in their group", () => {
		const scopes = ["application", "machine", "machine-overridable", "window", "resource", "language-overridable"];
		for (const [name, setting] of settings) {
			match(name, /^attune\.[a-z][A-Za-z.]*$/);
			ok(scopes.includes(setting.scope ?? ""), `${name} has no scope`);
			match(setting.markdownDescription ?? "", /^%setting\.[\w.]+%$/, name);
			equal(typeof setting.default, typeName(setting.type), name);
			if (setting.enum !== undefined) ok(setting.enum.includes(String(setting.default)), name);
			if (setting.markdownEnumDescriptions !== undefined)
				equal(setting.markdownEnumDescriptions.length, setting.enum?.length, name);
			if (typeof setting.default === "number") ok(setting.minimum !== undefined, `${name} has no least value`);
		}
		for (const { properties } of groups) {
			const orders = Object.values(properties).map(({ order }) => order);
			ok(!orders.includes(undefined) && new Set(orders).size === orders.length, Object.keys(properties).join(", "));
		}
	});

	it("leave no workspace a say in paths, hosts and devices, nor in Restricted Mode", () => {
		const free = settings.filter(([, { type, enum: choices }]) => type === "string" && choices === undefined);
		for (const [name, { scope }] of free) equal(scope, "machine", name);
		const machine = settings.filter(([, { scope }]) => scope === "machine").map(([name]) => name);
		const restricted: readonly string[] = manifest.capabilities.untrustedWorkspaces.restrictedConfigurations;
		deepEqual(
			machine.filter((name) => !restricted.includes(name)),
			[],
		);
		deepEqual(
			restricted.filter((name) => !settings.some(([known]) => known === name)),
			[],
		);
		equal(manifest.capabilities.untrustedWorkspaces.supported, "limited");
		deepEqual(manifest.extensionKind, ["workspace"]);
	});

	it("are all read somewhere", () => {
		const code = sources("src/editor");
		for (const [name] of settings) ok(code.includes(`"${name.slice("attune.".length)}"`), `${name} is read nowhere`);
	});
});

describe("repository/manifest: words", () => {
	const used = [...JSON.stringify(manifest).matchAll(/%([\w.]+)%/g)].map((found) => found[1] ?? "");

	it("have a key for each text, and a text for each key", () => {
		deepEqual(
			used.filter((key) => (words[key] ?? "").trim() === ""),
			[],
		);
		deepEqual(
			Object.keys(words).filter((key) => !used.includes(key)),
			[],
		);
	});

	it("are in the keys wherever people read them", () => {
		const told = JSON.stringify(contributes, (key, value) =>
			[
				"title",
				"shortTitle",
				"category",
				"description",
				"altText",
				"markdownDescription",
				"label",
				"contents",
			].includes(key) && typeof value === "string"
				? { said: value }
				: value,
		);
		const plain = [...told.matchAll(/\{"said":"([^"]*)"\}/g)].map((found) => found[1] ?? "");
		deepEqual(
			plain.filter((text) => !text.startsWith("%") && text !== "Attune"),
			[],
		);
	});

	it("of the code are literals that a translator can be given", () => {
		ok(messages().length > 100);
		deepEqual(
			callsIn('l10n.t("a {0}", x); l10n.t(`b`); l10n.t("c" + d); l10n.t(\n\t"e",\n)').map(({ message }) => message),
			["a {0}", undefined, undefined, "e"],
		);
	});

	it("of commands open each of them in its place in the palette", () => {
		for (const { command, title, category } of commands) {
			match(title, /^%command\.\w+%$/, command);
			equal(category, "Attune", command);
		}
		equal(
			new Set(commands.map(({ title }) => words[title.slice(1, -1)])).size,
			commands.length,
			"two are called alike",
		);
	});
});

describe("repository/manifest: first steps and pictures", () => {
	const [walkthrough] = contributes.walkthroughs as readonly { readonly steps: readonly Step[] }[];

	it("are four to six, each with a picture, its text for those who do not see it, and an end", () => {
		const steps = walkthrough?.steps ?? [];
		ok(steps.length >= 4 && steps.length <= 6, `${steps.length} steps`);
		for (const { id, media, description, completionEvents } of steps) {
			ok(existsSync(media.svg), media.svg);
			ok((words[media.altText.slice(1, -1)] ?? "").length > 30, id);
			const links = [...(words[description.slice(1, -1)] ?? "").matchAll(/\(command:([\w.]+)/g)].map((link) => link[1]);
			const ended = completionEvents.flatMap((event) => /^onCommand:(.+)/.exec(event)?.[1] ?? []);
			ok(completionEvents.length > 0, id);
			for (const command of [...links, ...ended].filter((name) => name?.startsWith("attune.")))
				ok(
					commands.some((known) => known.command === command),
					`${id}: ${command}`,
				);
		}
	});

	it("take the editor's colours, and load nothing", () => {
		for (const { media } of walkthrough?.steps ?? []) {
			const svg = readFileSync(media.svg, "utf8");
			ok(svg.includes("var(--vscode-"), media.svg);
			ok(!/href|url\(http|<script|<image/.test(svg), media.svg);
		}
	});

	it("have an icon of the gallery's size, and what the gallery asks for", () => {
		const png = readFileSync(manifest.icon);
		deepEqual([png.toString("latin1", 1, 4), png.readUInt32BE(16), png.readUInt32BE(20)], ["PNG", 128, 128]);
		ok(manifest.keywords.length >= 5 && manifest.keywords.length <= 30);
		ok(manifest.categories.length > 0 && manifest.galleryBanner.color && manifest.license && manifest.publisher);
	});
});

function typeName(type: Setting["type"]): string {
	return type === "integer" ? "number" : String(type);
}

function sources(folder: string): string {
	return readdirSync(folder, { recursive: true, encoding: "utf8" })
		.filter((path) => path.endsWith(".ts"))
		.map((path) => readFileSync(`${folder}/${path}`, "utf8"))
		.join("\n");
}
