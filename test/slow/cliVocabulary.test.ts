/** A vocabulary as large as Qwen2.5's and its chat, under every command that a model meets: the rest of the model is tiny. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Exported } from "#engine/export";
import type { AdaptResult } from "#protocol/learning";
import { largeVocabulary } from "#test/golden/tokenizerGolden";
import { attune, done } from "#test/slow/commandLine";
import { bytesConfig, writeModelOfOneLayer } from "#test/slow/modelOfOneLayer";
import { wideProject } from "#test/slow/realProject";

const size = 151_936;
const qwen = {
	...{ ...bytesConfig, model_type: "qwen2", architectures: ["Qwen2ForCausalLM"], vocab_size: size },
	...{ hidden_size: 32, intermediate_size: 64, max_position_embeddings: 2048, eos_token_id: 2502 },
};
const chatMl =
	"{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}<|im_start|>assistant\n";

describe("cli, a vocabulary of 151,936", () => {
	const place = mkdtempSync(join(tmpdir(), "attune-vocabulary-"));
	const at = { home: join(place, "home"), cwd: place };
	const [project, model] = [join(place, "project"), join(place, "qwen")];
	before(() => {
		wideProject(project, ["adapt/online.ts", "runtime/learner.ts", "runtime/adapterState.ts", "adapt/session.ts"]);
		writeModelOfOneLayer(model, qwen, largeVocabulary("qwen2", size), {
			chat_template: chatMl,
			eos_token: "<|im_end|>",
		});
	});
	after(() => rmSync(place, { recursive: true, force: true }));

	it("tells what it is", async () => {
		const { models } = await done<{ models: { vocabulary: number; chatTemplate: boolean }[] }>(
			["models", "info", model],
			at,
		);
		deepEqual([models[0]?.vocabulary, models[0]?.chatTemplate], [size, true]);
	});

	it("learns a project", async () => {
		// The minutes are never used up: they make a busy machine read less general text before and after.
		const bounds = ["--updates", "2", "--minutes", "3"];
		const { code, out, err } = await attune(["adapt", project, "--model", model, ...bounds], at);
		ok(code === 0 || code === 1, err);
		const report = JSON.parse(out) as AdaptResult;
		equal(report.passes.backward, 2);
		const before = report.heldOut?.before.bitsPerByte ?? 0;
		ok(before > 2 && (report.heldOut?.after.bitsPerByte ?? 0) > 2, `${before}`);
	});

	for (const format of ["float32", "int8", "int4"]) {
		it(`writes at a cursor in ${format}`, async () => {
			const cursor = ["--line", "1", "--column", "8", "--model", model, "--format", format];
			const { reason } = await done<{ reason: string }>(["complete", join(project, "session.ts"), ...cursor], at);
			ok(reason.length > 0);
		});
	}

	it("answers", async () => {
		const words = ["chat", "--prompt", "what is this?", "--tokens", "4", "--model", model];
		const answer = await done<{ tokens: number; promptTokens: number }>(words, at);
		ok(answer.tokens === 4 && answer.promptTokens > 10, JSON.stringify(answer));
	});

	it("becomes a GGUF file", async () => {
		const { bytes } = await done<Exported>(["export", "--format", "gguf", "--model", model], at);
		ok(bytes > 4 * size * qwen.hidden_size);
	});
});
