/** Node with onnxruntime and nothing else, for benchmarks to weigh the serving process against: prints its resident bytes. */
import { loadOrt } from "#runtime/ort";

loadOrt();
process.stdout.write(String(process.memoryUsage.rss()));
