/** Saves into `argv[2]` what does not fit there; says the outcome as JSON. */
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AttuneError } from "#base/errors";
import { fillFileAtomic, writeFileAtomic, writeFolderAtomic } from "#runtime/atomic";

const folder = process.argv[2] as string;
const big = Buffer.alloc(1 << 20, 7);
const attempt = async (work: () => void | Promise<void>): Promise<object> => {
	try {
		await work();
		return { code: "saved" };
	} catch (error) {
		if (!(error instanceof AttuneError)) throw error;
		return { code: error.code, message: error.message, remedy: error.remedy };
	}
};
writeFileAtomic(join(folder, "old.txt"), "old");
writeFolderAtomic(join(folder, "kept"), (inside) => writeFileSync(join(inside, "a"), "old"));
const outcomes = [
	await attempt(() => writeFileAtomic(join(folder, "old.txt"), big)),
	await attempt(() => writeFolderAtomic(join(folder, "kept"), (inside) => writeFileSync(join(inside, "a"), big))),
	await attempt(() =>
		fillFileAtomic(folder, async (temporary) => {
			writeFileSync(temporary, big);
			return { target: join(folder, "never"), result: undefined };
		}),
	),
];
process.stdout.write(JSON.stringify({ outcomes, left: readdirSync(folder, { recursive: true }).sort() }));
