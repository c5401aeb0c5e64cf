import type { CompletionPorts, Outcome } from "#assist/complete";
import { Completer } from "#assist/completer";
import { ContextIndex } from "#assist/context/gather";
import { TokenCache } from "#assist/prompt/tokenCache";
import { type CompletionSettings, defaultSettings, type Situation } from "#assist/situation";
import { neverCancelled } from "#base/cancel";
import { detectInfillFormat } from "#text/infillFormat";
import { FakeDecoder } from "./fakeDecoder.ts";
import { starterTokenizer } from "./starterTokenizer.ts";

/** A document with the cursor as ▮. */
export function situation(document: string, more: Partial<Situation> = {}): Situation {
	const offset = document.indexOf("▮");
	return {
		...{ path: "src/a.ts", language: "typescript", text: document.replace("▮", ""), offset, trigger: "typing" },
		...{ repository: "demo", files: [], recent: [], ...more },
	};
}

export interface Scene {
	readonly decoder: FakeDecoder;
	readonly ports: CompletionPorts;
	readonly completer: Completer;
	/** Seconds on the clock. */
	time: number;
	complete(document: string, more?: Partial<Situation>, settings?: Partial<CompletionSettings>): Promise<Outcome>;
}

/** Everything that completing needs, with a decoder that says `says`. */
export function scene(says: string | ((prompt: string) => string), context = 1024, infill = true): Scene {
	const tokenizer = starterTokenizer();
	const decoder = new FakeDecoder(tokenizer, context);
	decoder.says = ({ prompt }) => (typeof says === "string" ? says : says(tokenizer.decode(prompt, true)));
	const ports: CompletionPorts = {
		...{ decoder, format: infill ? detectInfillFormat(tokenizer) : undefined },
		...{ tokens: new TokenCache(tokenizer), context: new ContextIndex() },
		clock: { seconds: () => made.time, now: () => 0 },
	};
	const completer = new Completer(ports);
	const made: Scene = {
		...{ decoder, ports, completer, time: 0 },
		complete: (document, more, settings) =>
			completer.complete(situation(document, more), { ...defaultSettings, ...settings }, neverCancelled),
	};
	return made;
}

export function textOf(outcome: Outcome): string {
	return outcome.kind === "completion" ? outcome.text : `(${outcome.reason})`;
}
