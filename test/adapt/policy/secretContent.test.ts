import { equal } from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { secretIn } from "#adapt/policy/secretContent";

// Every secret here is invented, and put together at run time so that no scanner takes this file for a leak.
const random = "q7Zk2vXp9RtL4mWs8BnY3cHd6JfG1aTe5KuQ0iVoEjPxSgAzNbMrCyDlFhUw";
const make = (...parts: string[]): string => parts.join("");

const secrets: Record<string, string> = {
	"PEM key": make("-----BEGIN RSA PRIVATE", ` KEY-----\n${random}\n${random}\n`),
	"PEM key in a JSON string": make('"key": "-----BEGIN PRIVATE', ` KEY-----\\n${random}\\n"`),
	"encrypted PEM key": make(
		"-----BEGIN EC PRIVATE",
		` KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,7B6E0C2A91D3F485\n\n${random}\n`,
	),
	"OpenSSH key": make("-----BEGIN OPENSSH PRIVATE", ` KEY-----\n${random}`),
	"AWS key id": make("AKIA", "Q3EGRIPJZ7XKT2WM"),
	"AWS secret": make("aws_secret_access_", `key = ${random.slice(0, 40)}`),
	GitHub: make("ghp", `_${random.slice(0, 36)}`),
	"GitHub fine-grained": make("github", `_pat_${random}`),
	GitLab: make("glpat", `-${random.slice(0, 20)}`),
	Slack: make("xoxb", `-2837465019-${random.slice(0, 24)}`),
	"Slack hook": make("https://hooks.slack", `.com/services/T0A1B2C3D/B9Z8Y7X6W/${random.slice(0, 24)}`),
	Stripe: make("sk_live", `_${random.slice(0, 24)}`),
	Google: make("AIza", random.slice(0, 35)),
	npm: make("//registry/:_authToken=npm", `_${random.slice(0, 36)}`),
	PyPI: make("pypi", `-AgEIcHlwaS5vcmc${random}`),
	OpenAI: make("sk", `-${random.slice(0, 20)}T3BlbkFJ${random.slice(20, 40)}`),
	"OpenAI project": make("sk", `-proj-${random}`),
	Anthropic: make("sk", `-ant-api03-${random}`),
	"Hugging Face": make("hf", `_${random.replace(/\d/g, "").repeat(2).slice(0, 34)}`),
	JWT: make("eyJhbGciOiJIUzI1NiJ9", `.eyJzdWIiOiIxMjM0NTY3ODkwIn0.${random.slice(0, 43)}`),
	bearer: make('headers = { Authorization: "Bearer', ` ${random.slice(0, 40)}" }`),
	"connection string": make("postgres://app:", "v3rySt1ff@db.internal:5432/app"),
	"redis without a user": make("redis://:", "Gk29xTqpLw@cache:6379"),
	Azure: make("DefaultEndpointsProtocol=https;Account", `Key=${random}${random.slice(0, 26)}==`),
	"password literal": make("const pass", 'word = "hunter22!x";'),
	"password in an object": make("  db: { pass", "word: 'Xk29-mmQ7' },"),
	"JSON api key": make('"api_', `key": "${random.slice(0, 32)}"`),
	"hex secret": make("client_sec", "ret = '9f86d081884c7d659a2feaa0c55ad015'"),
	"typed token": make("const authToken: string", ` = "${random.slice(0, 24)}";`),
	"token by subscript": make('os.environ["SERVICE_TO', `KEN"] = "${random.slice(0, 24)}"`),
};

const plainSecrets: Record<string, string> = {
	"env file": make("export API_", `KEY=${random.slice(0, 24)}`),
	YAML: make("database:\n  user: app\n  pass", "word: hunter22x\n"),
	"YAML list": make("- name: x\n  client_sec", `ret: ${random.slice(0, 32)}\n`),
	INI: make("[db]\npass", "wd = k3Lm90pq\n"),
};

const ordinary: Record<string, string> = {
	"code that looks for keys": make(
		'if (text.includes("-----BEGIN RSA PRIVATE',
		' KEY-----")) return load(text);\n// =====================================',
	),
	"the documented example id": make("AKIA", "IOSFODNN7EXAMPLE"),
	"a variable": "const password = process.env.DATABASE_PASSWORD_PRODUCTION2;",
	"a template": `const password = "\${vault.get('db2')}";`,
	"a placeholder": make("pass", 'word: "your-password-123"'),
	"a label": 'passwordLabel: "Enter2FACode1"',
	"a path": make("token", 'Path: "/var/run/secrets/token2"'),
	"a tokenizer": 'tokenizer = "cl100k_base_v2_2024"',
	"a token type": 'const token = "identifier_or_keyword_2";',
	"a hash": make("password", 'Hash = "9f86d081884c7d659a2feaa0c55ad015"'),
	"an alphabet": 'const token = "0123456789abcdefghijklmnopqrstuvwxyz";',
	"a public key token": 'PublicKeyToken = "b77a5c561934e0892f81"',
	"an address": 'token: "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"',
	"a local database": "postgres://postgres:postgres@localhost:5432/dev and mysql://root:root@db/x",
	"an old CVS root": "cvs://:pserver:anoncvs@sources.example.net:/cvs/src and http://evil:thing@host.net",
	"a URL pattern": "https://user:password@example.com and http://<user>:<pass>@host and ftp://%s:%s@h",
	"a CSS class": ".sk-spinner-three-bounce-animation-container-element { color: red }",
	"a uuid": 'id: "3f2504e0-4f89-41d3-9a0c-0305e82c3301"',
	"an integrity hash": `integrity: "sha512-${random}"`,
	"a commit": "commit 9f86d081884c7d659a2feaa0c55ad01534a2c1b0",
	"a message": 'throw new Error("token expected at 42:7")',
	"a type": "password: string; secret: Uint8Array; token?: Token2Factory",
};

describe("adapt/policy/secretContent", () => {
	for (const [name, text] of Object.entries(secrets)) {
		it(`finds: ${name}`, () =>
			equal(typeof secretIn(`line one\n${text}\nlast line\n`, name === "AWS secret"), "string"));
	}
	for (const [name, text] of Object.entries(plainSecrets)) {
		it(`finds unquoted: ${name}`, () => equal(typeof secretIn(`# file\n${text}\nother: 1\n`, true), "string"));
	}
	for (const [name, text] of Object.entries(ordinary)) {
		it(`lets through: ${name}`, () => equal(secretIn(`line one\n${text}\nlast line\n`, true), undefined));
	}

	it("never names the secret itself", () => {
		for (const text of Object.values(secrets)) {
			const found = secretIn(text, true) ?? "";
			for (const word of text.split(/\W+/)) equal(word.length > 7 && found.includes(word), false, word);
		}
	});

	it("lets through every source file of this project", () => {
		for (const path of readdirSync("src", { recursive: true, encoding: "utf8" })) {
			if (path.endsWith(".ts")) equal(secretIn(readFileSync(`src/${path}`, "utf8"), false), undefined, path);
		}
	});

	it("takes time in proportion to the text, whatever it holds", () => {
		const pieces = fc.constantFrom(
			"a",
			"A",
			"=",
			'"',
			"'",
			":",
			"://",
			"@",
			"password",
			" ",
			"\n",
			"sk-",
			"eyJ",
			".",
			"-----BEGIN PRIVATE KEY-----",
		);
		fc.assert(
			fc.property(fc.array(pieces, { minLength: 1, maxLength: 6 }), (parts) => {
				const text = parts.join("").repeat(Math.ceil(20_000 / parts.join("").length));
				const start = performance.now();
				secretIn(text, true);
				return performance.now() - start < 1000;
			}),
			{ numRuns: 15 },
		);
	});
});
