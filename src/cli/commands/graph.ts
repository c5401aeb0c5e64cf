import { type GraphKind, graphKinds, graphText } from "#engine/graphText";
import { attuneHome } from "#engine/home";
import { type Command, oneWord } from "../command.ts";

export const graph: Command = {
	name: "graph",
	usage: `<${"score|learn|logits|adamw"}> [--model M] [--rows T] [--device cpu|webgpu] [--float64]`,
	summary: "A generated graph as text, one line a node.",
	options: {
		model: { type: "string" },
		rows: { type: "string" },
		device: { type: "string" },
		float64: { type: "boolean" },
	},
	async run(words, options, terminal) {
		const kind = oneWord(words, `a graph (${graphKinds.join(", ")})`) as GraphKind;
		const text = graphText(kind, {
			model: options.text("model"),
			rows: options.number("rows", 1) ?? 64,
			provider: options.choice("device", ["cpu", "webgpu"], "cpu"),
			dtype: options.flag("float64") ? "float64" : "float32",
			home: attuneHome(),
		});
		terminal.print(text);
		return { kind, text };
	},
};
