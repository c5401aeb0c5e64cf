/** Numbers as people read them. */
import { t } from "./words.ts";

export function duration(seconds: number): string {
	if (seconds < 90) return t("{0} s", Math.round(seconds));
	const minutes = Math.round(seconds / 60);
	return minutes < 90 ? t("{0} min", minutes) : t("{0} h {1} min", Math.floor(minutes / 60), minutes % 60);
}

export function percent(share: number, digits = 0): string {
	return `${(100 * share).toFixed(digits)} %`;
}

export function size(bytes: number): string {
	if (bytes < 1000) return `${bytes} B`;
	return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** With its sign, a true minus. */
export function signed(value: number, digits: number): string {
	const text = Math.abs(value).toFixed(digits);
	if (Number(text) === 0) return text;
	return `${value > 0 ? "+" : "−"}${text}`;
}

export function sentence(text: string): string {
	return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
}

/** What of an interval of changes can be said: noise is what holds 0. */
export function beyondNoise({ low, high }: { readonly low: number; readonly high: number }): boolean {
	return low > 0 || high < 0;
}
