/** Read-only Markdown documents of Attune's own: reports and listings. Nothing of them is written to a disk. */
import { commands, EventEmitter, Uri, window, workspace } from "vscode";

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

	/** The text of a page that was shown. */
	text(name: string): string | undefined {
		return this.#texts.get(`/${name}.md`);
	}

	dispose(): void {
		this.#provider.dispose();
		this.#changed.dispose();
	}
}
