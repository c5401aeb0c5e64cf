import { AttuneError, type ErrorCode } from "./errors.ts";

/** How to complain about a document: the kind of error, where it stands, what to do about it. */
export interface FieldErrors {
	readonly code: ErrorCode;
	readonly file: string;
	readonly remedy: string;
}

export interface NumberRule {
	/** Taken when the field is absent or null; without it the field is required. */
	readonly default?: number;
	readonly min?: number;
	readonly max?: number;
}

/** Typed access to the fields of a JSON object from outside. `null` counts as absent, as it does in Python's configs. */
export interface Fields {
	readonly object: Readonly<Record<string, unknown>>;
	has(name: string): boolean;
	raw(name: string): unknown;
	integer(name: string, rule?: NumberRule): number;
	number(name: string, rule?: NumberRule): number;
	boolean(name: string, fallback?: boolean): boolean;
	string(name: string, fallback?: string): string;
	strings(name: string): readonly string[];
	/** The nested object, or undefined if absent. */
	nested(name: string): Fields | undefined;
	/** A value found inside, as fields with the same complaints; `name` says where it stands. */
	child(json: unknown, name: string): Fields;
	fail(reason: string): never;
	unsupported(reason: string, remedy?: string): never;
}

/** `json` as fields; anything but an object is an error. `path` prefixes the names of nested fields. */
export function fieldsOf(json: unknown, errors: FieldErrors, path = ""): Fields {
	const fail = (reason: string): never => {
		throw new AttuneError(errors.code, reason, errors);
	};
	if (typeof json !== "object" || json === null || Array.isArray(json)) {
		return fail(`${path === "" ? "the document" : `"${path.slice(0, -1)}"`} is ${kindOf(json)}, not an object`);
	}
	const object = json as Record<string, unknown>;
	const raw = (name: string): unknown => (Object.hasOwn(object, name) ? (object[name] ?? undefined) : undefined);
	const wrong = (name: string, wanted: string): never =>
		raw(name) === undefined
			? fail(`"${path}${name}" is missing`)
			: fail(`"${path}${name}" must be ${wanted}, not ${kindOf(raw(name))}`);
	const number = (name: string, wanted: string, rule: NumberRule): number => {
		const value = raw(name) ?? rule.default;
		if (typeof value !== "number" || !Number.isFinite(value)) return wrong(name, wanted);
		const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = rule;
		if (value < min || value > max) fail(`"${path}${name}" is ${value}, outside ${min} to ${max}`);
		return value;
	};
	return {
		object,
		has: (name) => raw(name) !== undefined,
		raw,
		number: (name, rule = {}) => number(name, "a number", rule),
		integer(name, rule = {}) {
			const value = number(name, "an integer", rule);
			return Number.isSafeInteger(value) ? value : fail(`"${path}${name}" must be an integer, not ${value}`);
		},
		boolean(name, fallback) {
			const value = raw(name) ?? fallback;
			return typeof value === "boolean" ? value : wrong(name, "true or false");
		},
		string(name, fallback) {
			const value = raw(name) ?? fallback;
			return typeof value === "string" ? value : wrong(name, "a string");
		},
		strings(name) {
			const value = raw(name);
			const good = Array.isArray(value) && value.every((item) => typeof item === "string");
			return good ? (value as string[]) : wrong(name, "a list of strings");
		},
		nested: (name) => (raw(name) === undefined ? undefined : fieldsOf(raw(name), errors, `${path}${name}.`)),
		child: (value, name) => fieldsOf(value, errors, `${path}${name}.`),
		fail,
		unsupported(reason, remedy = errors.remedy) {
			throw new AttuneError("unsupported", reason, { file: errors.file, remedy });
		},
	};
}

function kindOf(value: unknown): string {
	if (Array.isArray(value)) return "a list";
	if (value === null) return "null";
	if (typeof value === "string") return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}...` : value);
	return typeof value === "object" ? "an object" : String(value);
}
