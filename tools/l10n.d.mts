/** Types of l10n.mjs, for its test. */
export function messages(): string[];
export function bundle(): Record<string, string>;
export function callsIn(
	source: string,
	folder?: string,
): { readonly index: number; readonly message: string | undefined }[];
