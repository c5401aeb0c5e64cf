import { equal, rejects } from "node:assert/strict";
import { createServer as createPlainServer, type Server } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { requestError } from "#engine/fetch/transient";
import { attuneHome } from "#engine/home";
import { failure, fetchFrom } from "#test/engine/fetching";
import { inTemporaryFolder } from "#test/runtime/temporary";

/**
 * Signed by itself, for "localhost": openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem
 * -out cert.pem -days 36500 -subj /CN=localhost -addext subjectAltName=DNS:localhost
 */
const identity = {
	cert: `-----BEGIN CERTIFICATE-----
MIIBlTCCATugAwIBAgIUXBEg9VobRpC3BTdmJPrdvtE+j5EwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNzIwMjcyM1oYDzIxMjYxMTAz
MjAyNzIzWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATUNpjQvX2fejMzusDPZ/fhwcje2/9dQ/5rmhQVHX3znLzTP2lLFcFW
UtK0YkSVqGfEXW4/hPjIzIVSsHnNf2Uio2kwZzAdBgNVHQ4EFgQUwSNsFHyL3tfs
Qf8ndYIPFQbOYZMwHwYDVR0jBBgwFoAUwSNsFHyL3tfsQf8ndYIPFQbOYZMwDwYD
VR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID
SAAwRQIhAOtzfsX8lUzje5ySWJ2c+lZ89VLGYk0Fnd/iDxOc1obzAiB24P2nw0Kb
oUpSBt+AOGnsrV5KJ097cSz4qxtZyrQtFw==
-----END CERTIFICATE-----`,
	key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgpR4MR/VtOPYZ/iTR
8vY433j7t9co6fJ3ToRbfS4H4T2hRANCAATUNpjQvX2fejMzusDPZ/fhwcje2/9d
Q/5rmhQVHX3znLzTP2lLFcFWUtK0YkSVqGfEXW4/hPjIzIVSsHnNf2Ui
-----END PRIVATE KEY-----`,
};

describe("engine/fetchModel over encrypted connections", () => {
	it("says that nobody vouches for a certificate, and how to trust it, at once", () =>
		refused(createServer(identity), /^localhost:\d+: no trusted connection \(DEPTH_ZERO_SELF_SIGNED_CERT\)/));

	it("says that a host does not encrypt, at once", () =>
		refused(createPlainServer(), /^localhost:\d+: no trusted connection \(ERR_SSL_/));

	it("finds the reason that a proxy's failure wraps, and blames no disk for what it does not know", () => {
		const coded = (code: string, cause?: Error): Error => Object.assign(new Error("why", { cause }), { code });
		const error = requestError(coded("UND_ERR_PRX_TLS", coded("ERR_TLS_CERT_ALTNAME_INVALID")), "a.example");
		failure(
			"network",
			/^a\.example: no trusted connection \(ERR_TLS_CERT_ALTNAME_INVALID\)/,
			/NODE_EXTRA_CA_CERTS/,
		)(error);
		failure(
			"network",
			/^a\.example: why \(UND_ERR_HEADERS_OVERFLOW\)/,
			/--host/,
		)(requestError(coded("UND_ERR_HEADERS_OVERFLOW"), "a.example"));
	});
});

async function refused(server: Server, reason: RegExp): Promise<void> {
	let connections = 0;
	server.on("connection", () => connections++);
	await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
	try {
		const url = `https://localhost:${(server.address() as AddressInfo).port}`;
		await inTemporaryFolder((folder) =>
			rejects(
				fetchFrom({ url }, attuneHome({ ATTUNE_HOME: folder })),
				failure("network", reason, /NODE_EXTRA_CA_CERTS.*attune\.models\.host/),
			),
		);
		equal(connections, 1);
	} finally {
		server.closeAllConnections();
		server.close();
	}
}
