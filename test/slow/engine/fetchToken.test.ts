import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeError } from "#base/errors";
import { failure, fetchFrom, inHub } from "#test/engine/fetching";
import { repositoryId } from "#test/support/hub";

const token = "hf_secretSecretSecret";

describe("engine/fetchModel with a token", () => {
	it("gives it to the hub, and to no other host", () =>
		inHub({ token }, async (hub, home) => {
			await fetchFrom(hub, home, { hub: { host: hub.url, environment: { HF_TOKEN: `${token}\n` } } });
			ok(hub.requests.some((line) => line.startsWith("cdn")));
			for (const line of hub.requests) equal(line.endsWith(" auth"), line.startsWith("hub"), line);
		}));

	it("reads it from a file, before the environment", () =>
		inHub({ token }, async (hub, home) => {
			const tokenFile = join(home.root, "token");
			writeFileSync(tokenFile, `${token}\n`);
			await fetchFrom(hub, home, { hub: { host: hub.url, tokenFile, environment: { HF_TOKEN: "hf_other" } } });
		}));

	const cases: [string, object, string | undefined, RegExp, RegExp][] = [
		[
			"a gated model without a token",
			{ gated: true },
			undefined,
			/open only to those who accepted its terms \(401\)/,
			/Accept them at .* HF_TOKEN/,
		],
		[
			"a gated model with the token of another",
			{ gated: true },
			"hf_other",
			/accepted its terms \(403\)/,
			/token of the same account/,
		],
		[
			"a private model without a token",
			{},
			undefined,
			/no model some-owner\/tiny-model on .* that anyone may see/,
			/if it is private/,
		],
		["a token that is not valid", {}, "hf_other", /does not accept the token/, /new token/],
	];
	for (const [name, options, given, reason, remedy] of cases)
		it(`says what to do about ${name}, and never says the token`, () =>
			inHub({ token, ...options }, async (hub, home) => {
				const environment = given === undefined ? {} : { HF_TOKEN: given };
				const fetching = fetchFrom(hub, home, { hub: { host: hub.url, environment } });
				await rejects(fetching, failure("network", reason, remedy));
				await fetching.catch((error) => equal(describeError(error).includes("hf_"), false));
			}));

	it("says when there is no such model, or no such revision", () =>
		inHub({}, async (hub, home) => {
			await rejects(
				fetchFrom(hub, home, { repository: "some-owner/other" }),
				failure("network", /there is no model some-owner\/other/),
			);
			await rejects(
				fetchFrom(hub, home, { repository: `${repositoryId}@v2` }),
				failure("network", /has no such revision/),
			);
		}));

	it("refuses addresses and tokens that are none", () =>
		inHub({}, async (hub, home) => {
			const refused = (options: object, reason: RegExp) =>
				rejects(fetchFrom(hub, home, { hub: { environment: {}, ...options } }), failure("usage", reason));
			await refused({ host: "huggingface.co" }, /is not the address of a host/);
			await refused({ host: "ftp://example.org" }, /is not the address of a host/);
			await refused({ host: "https://me:word@example.org" }, /holds a user's name or password/);
			await refused({ host: hub.url, environment: { HF_TOKEN: "two words" } }, /the token holds blanks/);
			await refused({ host: "http://example.org", environment: { HF_TOKEN: token } }, /not encrypted/);
			await refused(
				{ host: hub.url, environment: { HTTP_PROXY: "http://[broken" } },
				/the proxy's address in HTTP_PROXY is not valid/,
			);
			await rejects(
				fetchFrom(hub, home, { hub: { environment: {}, host: hub.url, tokenFile: join(home.root, "none") } }),
				failure("storage", /reading the token failed: there is no such file/),
			);
			deepEqual(hub.requests, []);
		}));
});
