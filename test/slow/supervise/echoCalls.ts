import { Call, StreamedCall } from "#protocol/calls";

export type Behaviour = "die" | "fail" | "bug" | "silent" | "busy" | "garbage" | "never" | "fine";

export const behave = new Call<{ readonly how: Behaviour }, string>("behave");

/** Wall-clock milliseconds at which each part was made. */
export const moments = new StreamedCall<{ readonly to: number }, number, null>("moments");

export const count = new StreamedCall<{ readonly to: number }, number, { readonly sent: number }>("count");
