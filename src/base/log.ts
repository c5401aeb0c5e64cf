/** Lines for a developer. Never text of a file: names, counts and durations only. */
export interface Log {
	info(message: string): void;
	warn(message: string): void;
}

export const silentLog: Log = { info() {}, warn() {} };
