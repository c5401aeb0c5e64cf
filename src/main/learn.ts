/** The learning process: forked by the editor, it adapts and ends with its parent. */
import { silentLog } from "#base/log";
import { serveHistory } from "#engine/historyService";
import { attuneHome } from "#engine/home";
import { serveKeeping } from "#engine/keepService";
import { serveLearning } from "#engine/learnService";
import { Precedence } from "#engine/precedence";
import { serveWorkspace } from "#engine/serving/workspaceService";
import { serveSurprise } from "#engine/surpriseService";
import { connectToParent } from "#supervise/child";

let end: () => void = () => process.exit(0);
const connection = connectToParent(silentLog, () => end());
serveWorkspace(connection, attuneHome());
serveSurprise(connection, attuneHome());
serveHistory(connection, attuneHome());
const precedence = new Precedence();
serveKeeping(connection, attuneHome(), precedence);
end = serveLearning(connection, attuneHome(), precedence);
