/** A process that a benchmark times: kind, model folder, threads, cache folder; then the line protocol. */
import { serveBench } from "#engine/bench/serve";

const [kind = "learn", folder = ".", threads = "0", cache = "."] = process.argv.slice(2);
await serveBench(kind, folder, Number(threads), cache);
