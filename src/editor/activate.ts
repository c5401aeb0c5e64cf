/** Puts the editor's side together, area by area. Nothing is started and no file is read here: that is left to the first use. */
import type { ExtensionContext } from "vscode";
import { type Adapting, wireAdaptation } from "./adapting.ts";
import { wireAround } from "./around.ts";
import type { Chat } from "./chat/chat.ts";
import { wireChat } from "./chat/wire.ts";
import type { Keeping } from "./keeping/keeping.ts";
import { wireKeeping } from "./keeping/wire.ts";
import type { Models } from "./models/models.ts";
import { wireModels } from "./models/wire.ts";
import { type Shared, share } from "./shared.ts";
import type { StatusBar } from "./statusBar.ts";
import { type Suggesting, wireSuggestions } from "./suggesting.ts";
import { type Surprise, wireSurprise } from "./surprise/wire.ts";

/** The running parts: what the tests inside an editor look at. */
export interface Attune
	extends Pick<Shared, "serving" | "learner" | "store" | "pages" | "notices">,
		Suggesting,
		Surprise,
		Adapting {
	readonly keeping: Keeping;
	readonly models: Models;
	readonly statusBar: StatusBar;
	readonly chat: Chat;
	/** Of the bundle's evaluation. */
	readonly loadingMs: number;
	/** Of activation, our own code, the bundle's evaluation included. */
	readonly activationMs: number;
}

export function activateAttune(context: ExtensionContext, loadingMs: number): Attune {
	const started = performance.now();
	const shared = share(context);
	const { serving, learner, store, pages, notices } = shared;
	const suggesting = wireSuggestions(shared);
	const adapting = wireAdaptation(shared);
	const chat = wireChat(shared);
	const models = wireModels(shared);
	const keeping = wireKeeping(shared, adapting.adaptation);
	const surprise = wireSurprise(shared);
	const statusBar = wireAround(shared, { adaptation: adapting.adaptation, keeping, ...suggesting });
	const activationMs = loadingMs + performance.now() - started;
	shared.log.info(`Attune ${shared.version}, ready after ${activationMs.toFixed(1)} ms`);
	const running = { serving, learner, store, pages, notices, ...suggesting, ...surprise, ...adapting };
	return { ...running, keeping, chat, models, statusBar, loadingMs, activationMs };
}
