/** The page's side of its extension: messages both ways, and a state that outlives the page while it is hidden or the window reloads. */

interface Api {
	postMessage(message: unknown): void;
	getState(): unknown;
	setState(state: unknown): void;
}

declare const acquireVsCodeApi: () => Api;

export interface Host<ToHost, State> {
	post(message: ToHost): void;
	/** What `keep` was given last; undefined in a page that is opened for the first time. */
	kept(): State | undefined;
	keep(state: State): void;
}

/** Once per page. `listen` hears what the extension posts. */
export function openHost<ToHost, FromHost, State>(listen: (message: FromHost) => void): Host<ToHost, State> {
	const api = acquireVsCodeApi();
	window.addEventListener("message", ({ data }: MessageEvent<FromHost>) => listen(data));
	return {
		post: (message) => api.postMessage(message),
		kept: () => api.getState() as State | undefined,
		keep: (state) => api.setState(state),
	};
}
