/**
 * Starts the serving, the learning and the store process as an editor does, keeps them at work, and is killed: `parent.child.js WORK`. Tells their ids
 * at once, and how far learning is.
 */
import { programFile } from "#engine/home";
import { type AdaptParams, adapt } from "#protocol/learning";
import { useModel } from "#protocol/serving";
import { fetchModel } from "#protocol/store";
import { ask } from "#protocol/talking";
import { type Child, startChild } from "#supervise/child";

export interface ParentWork {
	readonly home: string;
	readonly adapt: AdaptParams;
	/** Fetches from there. */
	readonly hub: { readonly repository: string; readonly host: string };
}

export type ParentNews =
	| { readonly kind: "started"; readonly pids: readonly number[] }
	| { readonly kind: "answering" }
	| { readonly kind: "learned"; readonly steps: number };

const work = JSON.parse(process.argv[2] ?? "") as ParentWork;
const tell = (news: ParentNews) => void process.send?.(news);

const start = (program: string, lean: boolean): Child => {
	const child = startChild({ file: programFile(program), lean, environment: { ATTUNE_HOME: work.home } });
	child.connection.listen();
	return child;
};
const [serving, learning, store] = [start("serve", true), start("learn", false), start("store", false)];
tell({ kind: "started", pids: [serving, learning, store].map(({ pid }) => pid ?? 0) });
await Promise.all([
	converse(),
	learning.connection.callStream(adapt, work.adapt, {
		onPart(part) {
			if (part.kind === "progress" && part.progress.phase === "learning")
				tell({ kind: "learned", steps: part.progress.done });
		},
	}),
	store.connection.callStream(fetchModel, work.hub, {}),
]);

async function converse(): Promise<void> {
	await serving.connection.call(useModel, { model: work.adapt.model, format: "float32", threads: 1 });
	const params = { conversation: "1", messages: [], question: "What is this? ".repeat(20), useContext: false, seed: 1 };
	while (true) {
		const onPart = () => tell({ kind: "answering" });
		await serving.connection.callStream(ask, { ...params, maxTokens: 200 }, { onPart });
	}
}
