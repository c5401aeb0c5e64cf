/** The editor's own icons, as elements: a font of them would be a file to wait for before anything at all is painted. */
import add from "@vscode/codicons/src/icons/add.svg";
import check from "@vscode/codicons/src/icons/check.svg";
import circleSlash from "@vscode/codicons/src/icons/circle-slash.svg";
import close from "@vscode/codicons/src/icons/close.svg";
import copy from "@vscode/codicons/src/icons/copy.svg";
import debugStop from "@vscode/codicons/src/icons/debug-stop.svg";
import edit from "@vscode/codicons/src/icons/edit.svg";
import errorSign from "@vscode/codicons/src/icons/error.svg";
import file from "@vscode/codicons/src/icons/file.svg";
import fileCode from "@vscode/codicons/src/icons/file-code.svg";
import gitCompare from "@vscode/codicons/src/icons/git-compare.svg";
import info from "@vscode/codicons/src/icons/info.svg";
import insert from "@vscode/codicons/src/icons/insert.svg";
import listSelection from "@vscode/codicons/src/icons/list-selection.svg";
import loading from "@vscode/codicons/src/icons/loading.svg";
import refresh from "@vscode/codicons/src/icons/refresh.svg";
import send from "@vscode/codicons/src/icons/send.svg";
import symbolMethod from "@vscode/codicons/src/icons/symbol-method.svg";
import { element } from "./element.ts";

const drawings = {
	...{ add, check, "circle-slash": circleSlash, close, copy, "debug-stop": debugStop, edit, error: errorSign, file },
	...{ "file-code": fileCode, "git-compare": gitCompare, info, insert, "list-selection": listSelection, loading },
	...{ refresh, send, "symbol-method": symbolMethod },
};

/** Of a codicon. */
export type IconName = keyof typeof drawings;

/** In its text's colour. */
export function icon(name: IconName): Element {
	const drawn = new DOMParser().parseFromString(drawings[name], "image/svg+xml").documentElement;
	drawn.setAttribute("class", "codicon");
	drawn.setAttribute("aria-hidden", "true");
	return document.importNode(drawn, true);
}

/** A button of one picture; its name is for whoever points at it or hears it. */
export function iconButton(name: IconName, label: string, onClick: () => void, className = ""): HTMLButtonElement {
	const made = element(
		"button",
		{ type: "button", class: `icon ${className}`.trim(), title: label, "aria-label": label },
		icon(name),
	);
	made.addEventListener("click", onClick);
	return made;
}
