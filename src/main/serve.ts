/** The serving process: forked by the editor, it keeps a model resident and ends with its parent. */
import { silentLog } from "#base/log";
import { attuneHome } from "#engine/home";
import { serveModel } from "#engine/serving/serveService";
import { serveWorkspace } from "#engine/serving/workspaceService";
import { connectToParent } from "#supervise/child";

const connection = connectToParent(silentLog);
serveWorkspace(connection, attuneHome());
serveModel(connection, attuneHome());
