/** Numbers as people read them. */

export function duration(seconds: number): string {
	if (seconds < 90) return `${Math.round(seconds)} s`;
	const minutes = Math.round(seconds / 60);
	return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function percent(share: number, digits = 0): string {
	return `${(100 * share).toFixed(digits)} %`;
}

export function size(bytes: number): string {
	if (bytes < 1000) return `${bytes} B`;
	if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`;
	return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
	const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
	// Numbers to the right, what they are about to the left.
	const rule = head.map((_, column) => (column === 0 ? "---" : "--:"));
	return [line(head), line(rule), ...rows.map(line)];
}

/** A file's name as code that no character in it can break out of. */
export function code(text: string): string {
	return `\`${text.replaceAll("`", "'").replaceAll("|", "\\|").replace(/\s/g, " ")}\``;
}

/** Text in which Markdown sees nothing, for what came from a file's name or a message. */
export function plain(text: string): string {
	return text.replace(/\s+/g, " ").replace(/[\\`*_{}[\]()#+!|<>~$&]/g, "\\$&");
}
