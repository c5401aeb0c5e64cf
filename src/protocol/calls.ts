/** What a process can be asked, by name and with its types. It loads no library: an editor reads this whenever a window opens. */

/** `Types`, of what is sent, are for the compiler alone. */
class Named<Types> {
	declare readonly types: Types;
	readonly method: string;

	constructor(method: string) {
		this.method = method;
	}
}

/** Answered once. */
export class Call<Params, Result> extends Named<readonly [Params, Result]> {}

/** Answered in parts before its result. */
export class StreamedCall<Params, Part, Result> extends Named<readonly [Params, Part, Result]> {}

/** Told, and never answered. */
export class Notice<Params> extends Named<readonly [Params]> {}

export interface Vitals {
	readonly rssMiB: number;
	/** Processor time since it began, over all its threads. */
	readonly cpuSeconds: number;
}

/** Asked of every process now and then: answered as soon as its event loop turns. */
export const ping = new Call<null, Vitals>("ping");

/** Asks a process to finish what cannot be left half-done and to end. */
export const shutdown = new Notice<null>("shutdown");
