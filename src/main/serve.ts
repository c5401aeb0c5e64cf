/** The serving process: forked by the editor, it keeps a model resident and ends with its parent. */
import { silentLog } from "#base/log";
import { attuneHome } from "#engine/home";
import { serveModel } from "#engine/serving/serveService";
import { connectToParent } from "#supervise/child";

serveModel(connectToParent(silentLog), attuneHome());
