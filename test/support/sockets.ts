/** Which sockets of a process wait for connections, as Linux tells; none elsewhere. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** State LISTEN in /proc/net/tcp. */
const listening = "0A";

/** Lines of /proc/net/tcp and tcp6 that belong to the process. */
export function listeningSockets(pid: number | undefined): string[] {
	if (process.platform !== "linux") return [];
	const folder = `/proc/${pid}/fd`;
	const inodes = new Set(
		readdirSync(folder).flatMap((name) => {
			try {
				return /^socket:\[(\d+)\]$/.exec(readlinkSync(`${folder}/${name}`))?.[1] ?? [];
			} catch {
				return [];
			}
		}),
	);
	return ["tcp", "tcp6"].flatMap((kind) =>
		readFileSync(`/proc/${pid}/net/${kind}`, "utf8")
			.split("\n")
			.filter((line) => {
				const fields = line.trim().split(/\s+/);
				return fields[3] === listening && inodes.has(fields[9] ?? "");
			}),
	);
}
