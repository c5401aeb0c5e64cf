/** Where models come from: the host, the proxies, the token. */
import { readFileSync } from "node:fs";
import { AttuneError } from "#base/errors";
import { storageError } from "#runtime/storageError";

export interface HubSettings {
	/** Without a slash at its end. */
	readonly host: string;
	/** Scheme, name and port of the host. */
	readonly origin: string;
	/** Goes to the host alone, and into no message. */
	readonly token: string | undefined;
	/** Addresses; "" is none. */
	readonly proxies: { readonly httpProxy: string; readonly httpsProxy: string; readonly noProxy: string };
}

export interface HubOptions {
	/** Before `$HF_ENDPOINT`, before huggingface.co. */
	readonly host?: string | undefined;
	/** A file that holds a token, before `$HF_TOKEN`. */
	readonly tokenFile?: string | undefined;
	readonly environment: NodeJS.ProcessEnv;
}

const defaultHost = "https://huggingface.co";

export function hubSettings({ host, tokenFile, environment }: HubOptions): HubSettings {
	const variable = (name: string): string => (environment[name.toLowerCase()] ?? environment[name] ?? "").trim();
	const endpoint = (environment["HF_ENDPOINT"] ?? "").trim();
	const url = parseHost(host ?? (endpoint === "" ? defaultHost : endpoint));
	const token = tokenFile === undefined ? environment["HF_TOKEN"] : readToken(tokenFile);
	return {
		host: url.href.replace(/\/+$/, ""),
		origin: url.origin,
		token: checkToken(token, url),
		proxies: {
			httpProxy: checkProxy("HTTP_PROXY", variable("HTTP_PROXY")),
			httpsProxy: checkProxy("HTTPS_PROXY", variable("HTTPS_PROXY")),
			noProxy: variable("NO_PROXY"),
		},
	};
}

function parseHost(text: string): URL {
	const fail = (reason: string): never => {
		throw new AttuneError("usage", reason, { remedy: `Name it as in ${defaultHost}.` });
	};
	if (!URL.canParse(text)) return fail(`"${text}" is not the address of a host`);
	const url = new URL(text);
	if (url.username !== "" || url.password !== "") fail("the address of a host holds a user's name or password");
	if (!/^https?:$/.test(url.protocol) || url.search !== "" || url.hash !== "")
		fail(`"${text}" is not the address of a host`);
	return url;
}

/** The message names no address: it may hold a password. */
function checkProxy(name: string, address: string): string {
	if (address === "" || (URL.canParse(address) && /^https?:/.test(address))) return address;
	throw new AttuneError("usage", `the proxy's address in ${name} is not valid`, {
		remedy: "Write it as http://host:port.",
	});
}

function readToken(file: string): string {
	try {
		return readFileSync(file, "utf8");
	} catch (error) {
		throw storageError(error, file, "reading the token");
	}
}

function checkToken(text: string | undefined, host: URL): string | undefined {
	const token = text?.trim() ?? "";
	if (token === "") return undefined;
	if (!/^[\x21-\x7e]{1,1000}$/.test(token))
		throw new AttuneError("usage", "the token holds blanks or letters that no token has", {
			remedy: "Give the token alone, by HF_TOKEN or in the file named by --token-file.",
		});
	const local = ["localhost", "127.0.0.1", "[::1]"].includes(host.hostname);
	if (host.protocol === "http:" && !local)
		throw new AttuneError("usage", "a token is not sent over a connection that is not encrypted", {
			remedy: "Name an https:// host, or fetch without a token.",
		});
	return token;
}
