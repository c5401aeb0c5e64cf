import { ProgressType, RequestType } from "vscode-jsonrpc";
import type { StreamedCall } from "#protocol/connection";

export type Behaviour = "die" | "fail" | "bug" | "silent" | "garbage" | "never" | "fine";

export const behave = new RequestType<{ readonly how: Behaviour }, string, unknown>("behave");

export const count: StreamedCall<{ readonly to: number }, number, { readonly sent: number }> = {
	request: new RequestType("count"),
	parts: new ProgressType(),
};
