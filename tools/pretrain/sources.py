"""What the starter may learn from: an allow-list of packages, each with its licence.

A package that is not named here is never read. `only` keeps a package to the folders that hold hand-written source
(packages also ship bundles and compiled copies of it). `LANGUAGES` caps each language so that no package drowns the rest.
"""

from dataclasses import dataclass

# Kept for judging what an adapter learns, or used in media/guard: never in the corpus, not even as a vendored copy.
FORBIDDEN = frozenset(
    "express zod commander yargs chalk prettier eslint axios fastify flask requests click "
    "immer preact tldts d3-hierarchy sanitize.css mime-db attrs attr trio ujson semver _vendor _vendored".split()
)


@dataclass(frozen=True)
class Source:
    kind: str  # npm | sdist | deb: an unpacked folder NAME-VERSION; site: installed beside this Python; stdlib
    name: str
    licence: str  # SPDX
    only: tuple[str, ...] = ()  # folders inside the package; empty: all of it


SOURCES = (
    Source("npm", "effect", "MIT", ("src", "ai-docs")),
    Source("npm", "rxjs", "Apache-2.0", ("src",)),
    Source("npm", "three", "MIT", ("src", "examples/jsm")),
    Source("npm", "viem", "MIT", ("accounts", "actions", "chains", "clients", "errors", "utils", "types", "op-stack", "zksync")),
    Source("npm", "svelte", "MIT", ("src",)),
    Source("npm", "bootstrap", "MIT", ("js/src", "scss", "dist/css")),
    Source("npm", "webpack", "MIT", ("lib", "hot", "schemas")),
    Source("npm", "ajv", "MIT", ("lib",)),
    Source("npm", "reduxjs-toolkit", "MIT", ("src", "skills")),
    Source("npm", "mobx", "MIT", ("src",)),
    Source("npm", "lodash", "MIT"),
    Source("npm", "monaco-editor", "MIT", ("esm/vs",)),
    Source("modules", "typescript", "Apache-2.0"),
    Source("modules", "@types/node", "MIT"),
    Source("modules", "mocha", "MIT", ("lib", "bin")),
    Source("modules", "protobufjs", "BSD-3-Clause", ("src", "cli", "ext", "google")),
    Source("modules", "onnxruntime-common", "MIT", ("lib",)),
    Source("modules", "onnxruntime-node", "MIT", ("lib", "script")),
    Source("modules", "js-yaml", "MIT", ("lib",)),
    Source("modules", "type-fest", "(MIT OR CC0-1.0)", ("source",)),
    Source("sdist", "django", "BSD-3-Clause", ("django", "docs", "js_tests", "scripts")),
    Source("sdist", "zstandard", "BSD-3-Clause"),
    Source("deb", "golang-1.19-src", "BSD-3-Clause"),
    Source("deb", "rust-src", "(MIT OR Apache-2.0)", ("usr/src/rustc-1.63.0/library",)),
    Source("stdlib", "python", "PSF-2.0"),
    Source("site", "torch", "BSD-3-Clause"),
    Source("site", "transformers", "Apache-2.0"),
    Source("site", "peft", "Apache-2.0"),
    Source("site", "accelerate", "Apache-2.0"),
    Source("site", "huggingface_hub", "Apache-2.0"),
    Source("site", "tokenizers", "Apache-2.0"),
    Source("site", "safetensors", "Apache-2.0"),
    Source("site", "numpy", "BSD-3-Clause"),
    Source("site", "sympy", "BSD-3-Clause"),
    Source("site", "mpmath", "BSD-3-Clause"),
    Source("site", "networkx", "BSD-3-Clause"),
    Source("site", "nltk", "Apache-2.0"),
    Source("site", "joblib", "BSD-3-Clause"),
    Source("site", "fsspec", "BSD-3-Clause"),
    Source("site", "rich", "MIT"),
    Source("site", "pydantic", "MIT"),
    Source("site", "anyio", "MIT"),
    Source("site", "h11", "MIT"),
    Source("site", "Jinja2", "BSD-3-Clause"),
    Source("site", "PyYAML", "MIT"),
    Source("site", "markdown-it-py", "MIT"),
    Source("site", "packaging", "(Apache-2.0 OR BSD-2-Clause)"),
    Source("site", "setuptools", "MIT"),
    Source("site", "Pygments", "BSD-2-Clause"),
    Source("site", "typer", "MIT"),
    Source("site", "idna", "BSD-3-Clause"),
    Source("site", "cloudpickle", "BSD-3-Clause"),
)

# extension -> language
EXTENSIONS = {
    "ts": "typescript", "tsx": "typescript", "mts": "typescript", "cts": "typescript",
    "js": "javascript", "mjs": "javascript", "cjs": "javascript", "jsx": "javascript",
    "py": "python", "pyi": "python", "go": "go", "rs": "rust",
    "c": "c", "h": "c", "hpp": "c", "cpp": "c", "cc": "c",
    "css": "style", "scss": "style", "html": "html", "svelte": "html",
    "json": "data", "yaml": "data", "yml": "data", "toml": "data",
    "sh": "shell", "bash": "shell",
    "md": "prose", "rst": "prose", "txt": "prose",
}  # fmt: skip

# language -> megabytes at most (whole files, chosen by the hash of their path)
CAPS = {
    "typescript": 16, "javascript": 10, "python": 13, "go": 5, "rust": 5, "c": 4, "style": 1, "html": 1,
    "data": 1.5, "shell": 1, "prose": 9,
}  # fmt: skip

PACKAGE_CAP = 8  # megabytes of one package
