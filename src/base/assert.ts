/** Bugs of ours, never the user's: these throw plain errors that no code catches by kind. */

export class InvariantError extends Error {
	override readonly name = "InvariantError";
}

/** Throws unless `condition` holds; `message` says what was believed. */
export function invariant(condition: unknown, message: string): asserts condition {
	if (!condition) throw new InvariantError(message);
}

/** Closes a `switch` over a union: a forgotten member does not compile. */
export function assertNever(value: never): never {
	throw new InvariantError(`unexpected value ${JSON.stringify(value)}`);
}

/** `value`, which must be there; `what` names it. */
export function defined<T>(value: T | undefined | null, what: string): T {
	invariant(value !== undefined && value !== null, `${what} is missing`);
	return value;
}
