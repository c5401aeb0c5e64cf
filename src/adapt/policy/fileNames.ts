import type { SkipReason } from "../source.ts";

/**
 * What a file's name alone says. Conventions follow GitHub's linguist (vendor.yml, generated.rb) and the tools' own documents.
 * Secret names are judged apart, because nothing may lift them.
 */
export function skipByName(name: string): { reason: SkipReason; detail: string } | undefined {
	const lower = name.toLowerCase();
	if (lockFiles.has(lower) || lockEnding.test(lower)) return { reason: "lockFile", detail: "named as a lock file" };
	if (minifiedName.test(lower)) return { reason: "minified", detail: "named as minified" };
	if (generatedName.test(lower)) return { reason: "generated", detail: "named as generated" };
	if (vendoredName.test(lower)) return { reason: "vendored", detail: "named as a known library" };
	return undefined;
}

/** Files that hold or usually hold credentials, by name. */
export function isSecretName(name: string): boolean {
	const lower = name.toLowerCase();
	if (secretNames.has(lower)) return true;
	if (environment.test(lower)) return !template.test(lower);
	return secretPattern.test(lower) && !template.test(lower);
}

const lockFiles = new Set([
	...["package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "bun.lockb", "go.sum", "go.work.sum", "cargo.lock"],
	...["packages.lock.json", "package.resolved", "gradle.lockfile", ".terraform.lock.hcl", "shard.lock", "mix.lock"],
	...[
		"cabal.project.freeze",
		"gopkg.lock",
		"glide.lock",
		"module.bazel.lock",
		"yarn.lock",
		".pnp.cjs",
		".pnp.loader.mjs",
	],
	...["conda-lock.yml", "pixi.lock", "renv.lock", "cpanfile.snapshot"],
]);
const lockEnding = /\.(?:lock|lockfile)$/;

const minifiedName = /[.-]min\.(?:js|mjs|cjs|css)$/;

const generatedName = new RegExp(
	[
		String.raw`\.(?:map|snap)$`,
		String.raw`\.pb\.(?:go|cc|h|swift|dart)$|\.pb(?:json|enum|server)\.dart$|_pb2(?:_grpc)?\.pyi?$|_pb\.(?:js|d\.ts|rb)$`,
		String.raw`_grpc_pb\.(?:js|d\.ts)$|_grpc\.pb\.go$|\.pb\.gw\.go$`,
		String.raw`\.(?:g|freezed|gr|config|mocks)\.dart$|\.(?:designer|g|g\.i|generated)\.(?:cs|vb)$|\.xcodeproj/`,
		String.raw`\.(?:generated|gen|codegen)\.\w+$|^zz_generated\.|_generated\.(?:go|rs|ts|js|h|py)$|^(?:moc|qrc|ui)_.*\.(?:cpp|h)$`,
		String.raw`^(?:parser|lexer)\.(?:tab|yy)\.[ch]$|\.tab\.[ch]$|\.nib$|\.xib$|\.pbxproj$|\.storyboard$`,
		String.raw`^(?:configure|aclocal\.m4|config\.guess|config\.sub|ltmain\.sh|libtool\.m4|makefile\.in)$`,
	].join("|"),
);

const vendoredName = new RegExp(
	[
		String.raw`^jquery(?:[.-][\w.-]+)?\.js$|^jquery-ui.*\.(?:js|css)$|^bootstrap(?:[.-][\w.-]+)?\.(?:js|css)$|^angular-.*\.js$`,
		`^(?:prototype|mootools|require|modernizr|html5shiv|react|react-dom|vue|d3|three|underscore|backbone|lodash|moment)` +
			String.raw`(?:[.-](?:v?\d[\w.]*|development|production|global|prod|custom))+\.js$`,
		String.raw`^font-?awesome.*\.css$|^normalize\.css$|^animate\.css$|^gradlew(?:\.bat)?$|^mvnw(?:\.cmd)?$`,
	].join("|"),
);

/** Templates of secret files are meant to be shared; their content is judged like any other. */
const template = /[._-](?:example|sample|template|tmpl|dist|defaults?|schema)(?:\.\w+)?$/;
const environment = /^\.env(?:rc)?(?:[.-]|$)|\.env$/;

const secretNames = new Set([
	...[
		".netrc",
		"_netrc",
		".pypirc",
		".htpasswd",
		".pgpass",
		".my.cnf",
		".git-credentials",
		".dockercfg",
		".dockerconfigjson",
	],
	...[".s3cfg", ".boto", ".mylogin.cnf", ".rhosts", "master.key", "kubeconfig", "credentials", "wp-config.php"],
	...["local.settings.json", ".bash_history", ".zsh_history", ".psql_history", ".mysql_history", ".python_history"],
	...[
		".node_repl_history",
		".irb_history",
		"application_default_credentials.json",
		"secring.gpg",
		"logins.json",
		"key4.db",
	],
	...[
		"google-services.json",
		"googleservice-info.plist",
		"terraform.tfstate",
		"terraform.tfstate.backup",
		"secrets.tf",
	],
]);

const secretPattern = new RegExp(
	[
		String.raw`\.(?:pem|key|p12|pfx|p8|pkcs12|jks|jceks|keystore|bks|ppk|kdbx?|keytab|ovpn|gpg|pgp|agekey|tfstate|tfvars)$`,
		String.raw`^id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?(?:[._-](?!pub$)[\w-]+)?$|_(?:rsa|dsa|ecdsa|ed25519)$|^ssh_host_\w+_key$`,
		String.raw`^(?:secrets?|credentials?|passwords?)\.(?:json|ya?ml|toml|ini|cfg|conf|properties|txt|csv|xml|plist|env|enc)$`,
		String.raw`^(?:client_?secrets?|service[-_]?account|oauth[-_]?credentials?|firebase-adminsdk)[\w.-]*\.json$`,
		String.raw`^secrets?\.[\w-]+\.ya?ml$|\.secrets?$|\.auto\.tfvars(?:\.json)?$|\.tfvars\.json$`,
	].join("|"),
);
