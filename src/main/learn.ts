/** The learning process: forked by the editor, it adapts and ends with its parent. */
import { silentLog } from "#base/log";
import { attuneHome } from "#engine/home";
import { serveLearning } from "#engine/learnService";
import { serveWorkspace } from "#engine/serving/workspaceService";
import { serveSurprise } from "#engine/surpriseService";
import { connectToParent } from "#supervise/child";

const connection = connectToParent(silentLog);
serveWorkspace(connection, attuneHome());
serveSurprise(connection, attuneHome());
serveLearning(connection, attuneHome());
