/** The mention at the end of `before`, with its mark; undefined: none is being typed. */
export function mentionAt(before: string): string | undefined {
	return /(?:^|\s)([#@][^\s#@]*)$/.exec(before)?.[1];
}
