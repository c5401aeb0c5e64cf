/** A throw-away child: tries the execution provider named by its first argument and sends the result to its parent. */
import { loadOrt } from "#runtime/ort";
import { probeProvider } from "#runtime/probe";

const result = await probeProvider(loadOrt(), process.argv[2] ?? "cpu");
process.send?.(result, () => process.exit(0));
