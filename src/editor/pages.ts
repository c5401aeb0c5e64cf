/** Read-only documents of Attune's own: reports, listings, the last prompt. Nothing of them is written to a disk. */
import { commands, EventEmitter, TabInputText, TabInputWebview, Uri, window, workspace } from "vscode";

const scheme = "attune";

export class Pages {
	readonly #texts = new Map<string, string>();
	readonly #changed = new EventEmitter<Uri>();
	readonly #provider = workspace.registerTextDocumentContentProvider(scheme, {
		onDidChange: this.#changed.event,
		provideTextDocumentContent: (uri) => this.#texts.get(uri.path) ?? "",
	});

	/** Shows the page as it reads; as source where the editor's own Markdown preview is switched off. */
	async show(name: string, markdown: string): Promise<void> {
		const uri = Uri.from({ scheme, path: `/${name}.md` });
		this.#texts.set(uri.path, markdown);
		this.#changed.fire(uri);
		try {
			await commands.executeCommand("markdown.showPreview", uri);
		} catch {
			await window.showTextDocument(uri, { preview: true });
		}
	}

	/** The page's new text, where somebody looks at it. */
	async redraw(name: string, markdown: string): Promise<void> {
		const uri = Uri.from({ scheme, path: `/${name}.md` });
		if (this.#texts.get(uri.path) === markdown || !isOpen(`${name}.md`)) return;
		this.#texts.set(uri.path, markdown);
		this.#changed.fire(uri);
		// The editor drops a document after some minutes that no text editor shows, and its preview hears only of one that is there.
		await workspace.openTextDocument(uri);
	}

	/** Shows the text as it is. */
	async showText(name: string, text: string): Promise<void> {
		const uri = Uri.from({ scheme, path: `/${name}.txt` });
		this.#texts.set(uri.path, text);
		this.#changed.fire(uri);
		await window.showTextDocument(uri, { preview: true });
	}

	/** The text of a page that was shown. */
	text(name: string): string | undefined {
		return this.#texts.get(`/${name}.md`) ?? this.#texts.get(`/${name}.txt`);
	}

	/** What is still open reads as empty then. */
	forget(): void {
		const paths = [...this.#texts.keys()];
		this.#texts.clear();
		for (const path of paths) this.#changed.fire(Uri.from({ scheme, path }));
	}

	dispose(): void {
		this.#provider.dispose();
		this.#changed.dispose();
	}
}

/** As a preview, whose tab is called after the file, or as source. */
function isOpen(file: string): boolean {
	return window.tabGroups.all
		.flatMap(({ tabs }) => tabs)
		.some(
			({ input, label }) =>
				(input instanceof TabInputWebview && label.endsWith(file)) ||
				(input instanceof TabInputText && input.uri.scheme === scheme && input.uri.path === `/${file}`),
		);
}
