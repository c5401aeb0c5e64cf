import { equal } from "node:assert/strict";
import { languageOf } from "#adapt/language";
import { isSecretName, skipByName } from "#adapt/policy/fileNames";
import { folderKind } from "#base/folderNames";

const names: Record<string, string> = {
	lockFile: "package-lock.json yarn.lock Cargo.lock go.sum uv.lock pnpm-lock.yaml Gemfile.lock flake.lock",
	minified: "jquery.min.js app.min.css lib-min.js",
	generated:
		"bundle.js.map App.test.tsx.snap api.pb.go api_pb2.py Form.Designer.cs user.g.dart zz_generated.deepcopy.go schema.generated.ts",
	vendored: "jquery-3.7.1.js bootstrap.css d3.v7.js react.production.js gradlew",
	none: "index.ts lock.ts min.js snap.ts generated.ts jquery-plugin-of-ours.ts d3.ts react.js blocker.py Makefile README.md",
};
const secretNames =
	".env .env.local prod.env .envrc server.pem id_rsa id_ed25519 deploy_rsa store.jks .netrc .pypirc credentials secrets.yml client_secret_1.json app.tfvars terraform.tfstate .htpasswd wp-config.php tls.key";
const openNames =
	".env.example .env.sample env.ts id_rsa.pub keys.ts secrets.ts password.py credentials.go tokenizer.json key.py environment.yml .envoy.yaml";

describe("adapt/policy names", () => {
	for (const [reason, list] of Object.entries(names)) {
		it(`${reason}: ${list}`, () => {
			for (const name of list.split(" ")) equal(skipByName(name)?.reason ?? "none", reason, name);
		});
	}

	it("knows files of credentials by name, and their templates", () => {
		for (const name of secretNames.split(" ")) equal(isSecretName(name), true, name);
		for (const name of openNames.split(" ")) equal(isSecretName(name), false, name);
	});

	it("knows folders that are not entered", () => {
		const kinds = {
			".git": "versionControl",
			".SSH": "credentials",
			node_modules: "toolMade",
			"x.egg-info": "toolMade",
			Third_Party: "vendored",
		};
		for (const [name, kind] of Object.entries(kinds)) equal(folderKind(name), kind, name);
		for (const name of ["src", "build", "out", "lib", "env", ".github", "vendoring", "target"])
			equal(folderKind(name), undefined, name);
	});

	it("names languages by file name and extension", () => {
		const languages = {
			"a/b.ts": "typescript",
			"B.PY": "python",
			"x/Makefile": "makefile",
			"Dockerfile.dev": "dockerfile",
			"CMakeLists.txt": "cmake",
			"a.b/c": "text",
			"notes.txt": "text",
			".env.example": "dotenv",
			"k.d.mts": "typescript",
		};
		for (const [path, language] of Object.entries(languages)) equal(languageOf(path), language, path);
	});
});
