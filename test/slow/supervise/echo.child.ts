/** A process for the supervisor's tests: answers, streams, falls silent, writes garbage or dies, as asked. */

import { AttuneError } from "#base/errors";
import { silentLog } from "#base/log";
import { shutdown } from "#protocol/calls";
import { connectToParent } from "#supervise/child";
import { behave, count, moments } from "./echoCalls.ts";

const connection = connectToParent(silentLog);
connection.onNotify(shutdown, () => process.exit(0));
connection.handle(behave, async ({ how }) => {
	if (how === "die") process.exit(7);
	if (how === "fail") throw new AttuneError("adapter", "it is gone", { file: "/a/b", remedy: "Adapt again." });
	if (how === "bug") throw new TypeError("of undefined");
	if (how === "silent") while (true);
	if (how === "busy") setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000));
	if (how === "garbage")
		for (const junk of ["text", 7, null, {}, { jsonrpc: "2.0" }, { id: {}, method: 3 }, [1]]) process.send?.(junk);
	if (how === "never") await new Promise(() => {});
	return how;
});
connection.handleStream(count, async ({ to }, send, cancel) => {
	for (let i = 1; i <= to; i++) {
		if (cancel.cancelled) return { sent: i - 1 };
		await send(i);
		await new Promise(setImmediate);
	}
	return { sent: to };
});
connection.handleStream(moments, async ({ to }, send) => {
	for (let i = 0; i < to; i++) await send(Date.now());
	return null;
});
connection.listen();
