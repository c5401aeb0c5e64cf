import { ProgressType, RequestType } from "vscode-jsonrpc";
import type { StreamedCall } from "#protocol/connection";

export type Behaviour = "die" | "fail" | "bug" | "silent" | "garbage" | "never" | "fine";

export const behave = new RequestType<{ readonly how: Behaviour }, string, unknown>("behave");

/** Wall-clock milliseconds at which each part was made. */
export const moments: StreamedCall<{ readonly to: number }, number, null> = {
	request: new RequestType("moments"),
	parts: new ProgressType(),
};

export const count: StreamedCall<{ readonly to: number }, number, { readonly sent: number }> = {
	request: new RequestType("count"),
	parts: new ProgressType(),
};
