/** Renders Jinja that somebody else wrote: whatever it holds, in a bounded time and space. */
import { Environment, Interpreter, Template } from "@huggingface/jinja";

/** Steps of a rendering, and more for each message; real templates take a hundred or two a message. */
const mostSteps = 5_000;
const mostStepsPerMessage = 1_000;
/** A list is walked through without steps of its own: so many of its items count as one. */
const itemsPerStep = 8;
const mostItems = 10_000;
/** Units that a text may have, beside what it is made of, some times over. */
const mostUnits = 100_000;
const timesOver = 4;
/** Units of a template's own text. */
const longestSource = 500_000;

export interface TemplateInput {
	readonly messages: readonly { readonly content: string }[];
	readonly [name: string]: unknown;
}

export class BoundedTemplate {
	readonly #template: Template;

	/** Throws what the parser throws. */
	constructor(source: string) {
		if (source.length > longestSource) throw new Error(`it has ${source.length} characters`);
		this.#template = new Template(source);
	}

	/** Throws what the template throws, and where it does more than a template has to do. */
	render(input: TemplateInput): string {
		const { messages } = input;
		const content = messages.reduce((sum, message) => sum + message.content.length, 0);
		const interpreter = new BoundedInterpreter(
			environmentOf(input),
			mostSteps + mostStepsPerMessage * messages.length,
			mostUnits + timesOver * content,
		);
		return String(interpreter.run(this.#template.parsed).value);
	}
}

class BoundedInterpreter extends Interpreter {
	#stepsLeft: number;
	readonly #mostUnits: number;

	constructor(environment: Environment, steps: number, units: number) {
		super(environment);
		this.#stepsLeft = steps;
		this.#mostUnits = units;
	}

	override evaluate(...of: Parameters<Interpreter["evaluate"]>): ReturnType<Interpreter["evaluate"]> {
		if (--this.#stepsLeft < 0) throw new Error("it takes too many steps");
		const result = super.evaluate(...of);
		const { value } = result;
		if (typeof value === "string" && value.length > this.#mostUnits) throw new Error("it makes too long a text");
		if (!Array.isArray(value)) return result;
		if (value.length > mostItems) throw new Error("it makes too long a list");
		this.#stepsLeft -= value.length / itemsPerStep;
		return result;
	}
}

/** What `Template.render` defines, with a range that ends. */
function environmentOf(input: TemplateInput): Environment {
	const environment = new Environment();
	const globals = {
		...{ true: true, false: false, none: null, True: true, False: false, None: null },
		raise_exception(message: unknown) {
			throw new Error(String(message));
		},
		range,
		strftime_now: (format: string) => new Template("{{ strftime_now(format) }}").render({ format }),
	};
	for (const [name, value] of Object.entries({ ...globals, ...input })) environment.set(name, value);
	return environment;
}

function range(...limits: readonly number[]): number[] {
	const [start, stop, step = 1] = limits.length === 1 ? [0, ...limits] : limits;
	const length = Math.max(0, Math.ceil((Number(stop) - Number(start)) / step));
	if (!(length <= mostItems)) throw new Error(`range(${limits.join(", ")}) is too long`);
	return Array.from({ length }, (_, i) => Number(start) + i * step);
}
