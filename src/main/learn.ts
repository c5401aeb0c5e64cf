/** The learning process: forked by the editor, it adapts and ends with its parent. */
import { silentLog } from "#base/log";
import { serveHistory } from "#engine/historyService";
import { attuneHome } from "#engine/home";
import { serveLearning } from "#engine/learnService";
import { serveWorkspace } from "#engine/serving/workspaceService";
import { serveSurprise } from "#engine/surpriseService";
import { connectToParent } from "#supervise/child";

let end: () => void = () => process.exit(0);
const connection = connectToParent(silentLog, () => end());
serveWorkspace(connection, attuneHome());
serveSurprise(connection, attuneHome());
serveHistory(connection, attuneHome());
end = serveLearning(connection, attuneHome());
