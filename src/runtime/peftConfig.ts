import { type Fields, fieldsOf } from "#base/fields";
import { type LoraShape, shortName } from "#models/lora";
import { type LinearModule, linearModules } from "#models/parameters";

/** Fields that say nothing about the numbers an adapter computes. */
const harmless = new Set([
	"auto_mapping",
	"base_model_name_or_path",
	"ensure_weight_tying",
	"inference_mode",
	"lora_dropout",
	"megatron_core",
	"peft_version",
	"qalora_group_size",
	"revision",
]);

/** Fields read below. */
const understood = new Set([
	"peft_type",
	"task_type",
	"r",
	"lora_alpha",
	"target_modules",
	"bias",
	"init_lora_weights",
	"use_rslora",
]);

/** Ways of starting a LoRA that leave the base model's weights alone. */
const initialisations: readonly unknown[] = [undefined, true, false, "gaussian", "eva", "orthogonal"];

/**
 * Reads PEFT's `adapter_config.json` (0.21). Whatever is set and not understood is refused by its name, as are features that only this
 * list of fields knows: DoRA, rank patterns, saved modules.
 */
export function parsePeftConfig(json: unknown, file: string): LoraShape {
	const fields = fieldsOf(json, {
		code: "adapter",
		file,
		remedy: "Make the adapter again as a plain LoRA on linear layers, or merge it into its model.",
	});
	const type = fields.string("peft_type");
	if (type !== "LORA") fields.unsupported(`an adapter of type ${type} is not supported, only LORA`);
	const task = fields.string("task_type", "CAUSAL_LM");
	if (task !== "CAUSAL_LM") fields.unsupported(`an adapter for ${task} is not supported, only CAUSAL_LM`);
	for (const [name, value] of Object.entries(fields.object)) {
		if (!harmless.has(name) && !understood.has(name) && !isUnset(value))
			fields.unsupported(`the PEFT feature "${name}" is not supported`);
	}
	const bias = fields.string("bias", "none");
	if (bias !== "none") fields.unsupported(`an adapter with trained biases (bias "${bias}") is not supported`);
	const start = fields.raw("init_lora_weights");
	if (!initialisations.includes(start))
		fields.unsupported(`init_lora_weights ${JSON.stringify(start)} changes the base model and is not supported`);
	const rank = fields.integer("r", { min: 1, max: 65_536 });
	const alpha = fields.number("lora_alpha", { min: 0 });
	// Rank-stabilised LoRA divides by the root of the rank; the scale here is always alpha / rank.
	const scaled = fields.boolean("use_rslora", false) ? alpha * Math.sqrt(rank) : alpha;
	return { rank, alpha: scaled, targets: parseTargets(fields) };
}

function isUnset(value: unknown): boolean {
	if (typeof value === "object" && value !== null) return Object.keys(value).length === 0;
	return value === null || value === false || value === "";
}

function parseTargets(fields: Fields): readonly LinearModule[] {
	if (fields.raw("target_modules") === "all-linear") return linearModules;
	const names = fields.strings("target_modules");
	if (names.length === 0) fields.fail('"target_modules" is empty');
	const targets = new Set<LinearModule>();
	for (const name of names) {
		const module = linearModules.find((known) => known === name || shortName(known) === name);
		if (module === undefined) fields.unsupported(`an adapter on "${name}" is not supported`);
		else targets.add(module);
	}
	return linearModules.filter((module) => targets.has(module));
}
