import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { type Child, startChild } from "#supervise/child";
import { Supervisor, type SupervisorOptions, type SupervisorState } from "#supervise/supervisor";
import { behave, count, moments } from "./echoCalls.ts";

const file = new URL("./echo.child.js", import.meta.url).pathname;

describe("supervisor", () => {
	let supervisor: Supervisor;
	let states: SupervisorState[];
	const supervise = (options: Partial<SupervisorOptions> = {}): void => {
		states = [];
		supervisor = new Supervisor({ start: () => startChild({ file }), backOff: [1, 1], ...options });
		supervisor.onState((state) => states.push(state));
	};
	afterEach(() => supervisor.dispose());

	it("starts its process at the first call and keeps it", async () => {
		supervise();
		deepEqual(supervisor.state, { kind: "stopped" });
		equal(await supervisor.call(behave, { how: "fine" }), "fine");
		equal(await supervisor.call(behave, { how: "fine" }), "fine");
		deepEqual(
			states.map((state) => state.kind),
			["running"],
		);
	});

	it("passes failures on with code, reason and remedy, and bugs without a stack", async () => {
		supervise();
		await rejects(supervisor.call(behave, { how: "fail" }), {
			code: "adapter",
			message: "/a/b: it is gone",
			remedy: "Adapt again.",
		});
		await rejects(supervisor.call(behave, { how: "bug" }), { code: "internal", message: "TypeError: of undefined" });
	});

	it("rejects what was under way when the process dies, starts it again, and gives up after three deaths", async () => {
		supervise();
		const lost = rejects(supervisor.call(behave, { how: "never" }), { code: "process" });
		await rejects(supervisor.call(behave, { how: "die" }), { code: "process" });
		await lost;
		equal(await supervisor.call(behave, { how: "fine" }), "fine");
		for (let death = 2; death <= 3; death++)
			await rejects(supervisor.call(behave, { how: "die" }), { code: "process" });
		await rejects(supervisor.call(behave, { how: "fine" }), {
			code: "process",
			message: "the model's process ended again and again (exit code 7)",
		});
		deepEqual(
			states.map((state) => state.kind),
			["running", "restarting", "running", "restarting", "running", "failed"],
		);
		supervisor.reset();
		equal(await supervisor.call(behave, { how: "fine" }), "fine");
	});

	it("kills a process that does not answer its heartbeat", async () => {
		supervise({ heartbeat: { every: 20, within: 1_500 } });
		equal(await supervisor.call(behave, { how: "fine" }), "fine");
		await rejects(supervisor.call(behave, { how: "silent" }), { code: "process" });
		equal(await supervisor.call(behave, { how: "fine" }), "fine");
	});

	it("leaves out garbage from the other side", async () => {
		supervise();
		equal(await supervisor.call(behave, { how: "garbage" }), "garbage");
		equal(await supervisor.call(behave, { how: "fine" }), "fine");
		equal(states.length, 1);
	});

	it("streams parts in order before the result, and stops where it is aborted", async () => {
		supervise();
		const parts: number[] = [];
		const all = await supervisor.callStream(count, { to: 50 }, { onPart: (part) => parts.push(part) });
		deepEqual([all.sent, parts], [50, Array.from({ length: 50 }, (_, i) => i + 1)]);
		const abort = new AbortController();
		let seen = 0;
		const stopped = await supervisor.callStream(
			count,
			{ to: 1e6 },
			{
				signal: abort.signal,
				onPart: () => {
					if (++seen === 3) abort.abort();
				},
			},
		);
		ok(stopped.sent < 200, `it went on to ${stopped.sent}`);
	});

	it("makes no more parts than a handful while nobody takes them, and all of them in the end", async () => {
		supervise();
		const made: number[] = [];
		let blocked = 0;
		const blockMs = 500;
		await supervisor.callStream(
			moments,
			{ to: 3_000 },
			{
				onPart(moment) {
					made.push(moment);
					if (made.length > 1) return;
					blocked = Date.now();
					Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, blockMs);
				},
			},
		);
		equal(made.length, 3_000);
		const meanwhile = made.filter((moment) => moment > blocked && moment < blocked + blockMs - 50);
		ok(meanwhile.length < 40, `${meanwhile.length} parts were made while the other side stood still`);
	});

	it("waits longer before each restart, and forgets deaths of long ago", async () => {
		const backOff = [60, 240];
		supervise({ backOff, healthyAfter: 400 });
		const changed = new Map<string, number>();
		supervisor.onState(({ kind }) => changed.set(kind, performance.now()));
		/** Milliseconds from a death to the next start. */
		const restart = async (): Promise<number> => {
			await rejects(supervisor.call(behave, { how: "die" }), { code: "process" });
			equal(await supervisor.call(behave, { how: "fine" }), "fine");
			return (changed.get("running") ?? 0) - (changed.get("restarting") ?? 0);
		};
		for (const wanted of backOff) {
			const waited = await restart();
			ok(waited > wanted - 2 && waited < wanted + 1_000, `${waited} ms instead of ${wanted}`);
		}
		await new Promise((resolve) => setTimeout(resolve, 500));
		await restart();
		const last = states.findLast((state) => state.kind === "restarting");
		equal(last?.kind === "restarting" && last.inMs, backOff[0], "a process that lived long begins anew");
	});

	it("ends an idle process and starts it again when it is needed", async () => {
		supervise({ idleAfter: 10 });
		equal(await supervisor.call(behave, { how: "fine" }), "fine");
		while (supervisor.state.kind !== "stopped") await new Promise((resolve) => setTimeout(resolve, 5));
		equal(await supervisor.call(behave, { how: "fine" }), "fine");
	});

	it("starts one process for all who wait for it, however long that takes, and ends one that is on its way", async () => {
		let starts = 0;
		let last: Child | undefined;
		const start = async () => {
			starts++;
			await new Promise((resolve) => setTimeout(resolve, 100));
			last = startChild({ file });
			return last;
		};
		supervise({ start });
		const calls = [1, 2, 3].map(() => supervisor.call(behave, { how: "fine" }));
		deepEqual(await Promise.all(calls), ["fine", "fine", "fine"]);
		equal(starts, 1);
		await supervisor.stop();
		const call = supervisor.call(behave, { how: "never" });
		await Promise.all([rejects(call, { code: "process" }), supervisor.stop()]);
		equal(starts, 2);
		await last?.ended;
		deepEqual(supervisor.state, { kind: "stopped" });
	});

	it("lets a process that ends for good finish what it is at, and kills one that takes longer than it may", async () => {
		for (const [leaveWithin, end] of [
			[60_000, "exit code 0"],
			[50, "signal SIGKILL"],
		] as const) {
			const child = startChild({ file });
			supervise({ start: () => child, leaveWithin });
			equal(await supervisor.call(behave, { how: "busy" }), "busy");
			await supervisor.dispose();
			equal(await child.ended, end);
		}
	});

	it("tells whoever asks why a process cannot be started, each time", async () => {
		supervise({ start: () => Promise.reject(new Error("no such program")) });
		await rejects(supervisor.call(behave, { how: "fine" }), /no such program/);
		await rejects(supervisor.call(behave, { how: "fine" }), /no such program/);
	});

	it("survives a thousand calls that are aborted at once", async () => {
		supervise();
		const aborts = Array.from({ length: 1_000 }, () => new AbortController());
		const calls = aborts.map(({ signal }) => supervisor.callStream(count, { to: 1e6 }, { signal }));
		setTimeout(() => {
			for (const abort of aborts) abort.abort();
		}, 20);
		for (const { sent } of await Promise.all(calls)) ok(sent < 1e6);
		equal(await supervisor.call(behave, { how: "fine" }), "fine");
	});
});
