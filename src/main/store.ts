/** The store process: forked by the editor, it lists, fetches and deletes models, and ends with its parent. */
import { silentLog } from "#base/log";
import { attuneHome } from "#engine/home";
import { serveStore } from "#engine/storeService";
import { connectToParent } from "#supervise/child";

serveStore(connectToParent(silentLog), attuneHome());
