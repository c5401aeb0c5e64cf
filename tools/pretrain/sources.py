"""What the starter may learn from: an allow-list of pinned packages, each with its licence.

A package that is not named here is never read. `only` keeps a package to the folders that hold hand-written source
(packages also ship bundles and compiled copies of it).
"""

from dataclasses import dataclass

# Kept for judging what an adapter learns, or used in media/guard: never learned from, not even as a vendored copy.
FORBIDDEN = frozenset(
    "express zod commander yargs chalk prettier eslint axios fastify flask requests click immer preact tldts "
    "query-core trpc tiptap d3-hierarchy sanitize.css mime-db attrs attr trio ujson semver _vendor _vendored".split()
)

ALLOWED = frozenset("MIT BSD-2-Clause BSD-3-Clause Apache-2.0 ISC PSF-2.0 CC0-1.0 0BSD Unlicense".split())


@dataclass(frozen=True)
class Source:
    kind: str  # npm | sdist | wheel | deb (binary package) | debsrc (source package)
    name: str
    version: str
    licence: str  # SPDX; "A OR B" if either may be chosen
    only: tuple[str, ...] = ()  # folders, files or patterns inside the package; "!": not these; empty: all of it
    split: str = "train"


SOURCES = (
    # TypeScript
    Source("npm", "effect", "4.1.0", "MIT", ("src", "ai-docs")),
    Source("debsrc", "node-typescript", "4.8.4+ds1-2", "Apache-2.0", ("src", "scripts", "doc", "!src/lib/*.generated.d.ts")),
    Source("npm", "maplibre-gl", "6.17.0", "BSD-3-Clause", ("src",)),
    Source("npm", "@patternfly/react-core", "6.6.1", "MIT", ("src",)),
    Source("npm", "viem", "2.57.20", "MIT", ("!_cjs", "!_esm", "!_types")),
    Source("npm", "matrix-js-sdk", "37.5.0", "Apache-2.0", ("src", "README.md")),
    Source("npm", "livekit-client", "2.23.0", "Apache-2.0", ("src", "README.md")),
    Source("npm", "@blueprintjs/core", "6.20.0", "Apache-2.0", ("src",)),
    Source("npm", "hls.js", "1.7.4", "Apache-2.0", ("src", "README.md")),
    Source("npm", "rxdb", "17.6.0", "Apache-2.0", ("src", "README.md")),
    Source("npm", "@xterm/xterm", "6.0.0", "MIT", ("src", "typings", "README.md")),
    Source("npm", "mongodb", "7.9.0", "Apache-2.0", ("src", "README.md")),
    Source("npm", "matrix-react-sdk", "3.90.0", "Apache-2.0", ("src", "README.md", "docs")),
    Source("npm", "@fluidframework/tree", "3.1.0", "MIT", ("src", "docs", "README.md")),
    Source("npm", "ra-core", "5.15.4", "MIT", ("src", "README.md")),
    Source("npm", "ra-ui-materialui", "5.15.4", "MIT", ("src", "README.md")),
    Source("npm", "puppeteer-core", "24.43.1", "Apache-2.0", ("src", "README.md")),
    Source("npm", "rxjs", "7.8.2", "Apache-2.0", ("src", "README.md")),
    # JavaScript
    Source("npm", "three", "0.187.0", "MIT", ("src", "examples/jsm", "README.md")),
    Source("npm", "webpack", "5.112.2", "MIT", ("lib", "hot", "schemas", "README.md")),
    Source("npm", "@cesium/engine", "24.0.0", "Apache-2.0", ("Source", "README.md", "!Source/Shaders/*.js")),
    Source("npm", "phaser", "4.2.1", "MIT", ("src", "docs", "skills", "README.md", "!src/renderer/webgl/shaders/*.js")),
    Source("npm", "plotly.js", "3.7.0", "MIT", ("src", "lib", "README.md", "CONTRIBUTING.md")),
    Source("npm", "ol", "10.11.0", "BSD-2-Clause", ("!dist", "!build", "!*.d.ts")),
    Source("npm", "react-native", "0.76.5", "MIT"),
    Source(
        "debsrc", "nodejs", "18.20.4+dfsg-1~deb12u2", "MIT",
        ("lib", "src", "doc", "test", "benchmark", "types-node", "!doc/api/*.html", "!src/node_root_certs.h"),
    ),  # fmt: skip
    # Python
    Source("debsrc", "python3.11", "3.11.2-6+deb12u8", "PSF-2.0", ("!*/clinic", "!Lib/ensurepip", "!Modules/expat")),
    Source("sdist", "django", "5.2.19", "BSD-3-Clause"),
    Source("sdist", "sqlalchemy", "2.1.9", "MIT", ("lib", "test", "examples", "doc/build", "README.rst")),
    Source("sdist", "twisted", "26.10.0", "MIT"),
    Source("sdist", "sphinx", "9.0.4", "BSD-2-Clause", ("sphinx", "doc", "README.rst")),
    Source("sdist", "mypy", "2.4.1", "MIT", ("mypy", "mypyc", "docs", "README.md")),
    Source("wheel", "pandas", "3.1.1", "BSD-3-Clause"),
    Source("wheel", "scikit-learn", "1.9.1", "BSD-3-Clause"),
    Source("wheel", "homeassistant", "2024.3.3", "Apache-2.0"),
    Source("wheel", "transformers", "5.23.0", "Apache-2.0"),
    # Others
    Source("deb", "golang-1.19-src", "1.19.8-2", "BSD-3-Clause", ("usr/share/go-1.19",)),
    Source("deb", "rust-src", "1.63.0+dfsg1-2", "MIT OR Apache-2.0", ("usr/src/rustc-1.63.0/library",)),
    Source("debsrc", "kubernetes", "1.20.5+really1.20.2-1.1+deb12u1", "Apache-2.0"),
    Source("debsrc", "guava-libraries", "31.1-1", "Apache-2.0", ("guava", "guava-tests", "README.md", "CONTRIBUTING.md")),
    # Kept for choosing between recipes
    Source("npm", "mobx", "7.1.3", "MIT", ("src", "README.md"), "validation"),
    Source("npm", "ajv", "8.20.0", "MIT", ("lib", "README.md"), "validation"),
    Source("npm", "@sveltejs/kit", "2.70.4", "MIT", ("src", "README.md"), "validation"),
    Source("wheel", "aiohttp", "3.14.5", "Apache-2.0 AND MIT", ("aiohttp",), "validation"),
    Source("debsrc", "libuv1", "1.44.2-1+deb12u1", "MIT", ("src", "docs", "include", "test"), "validation"),
    # Kept for judging
    Source("npm", "zod", "4.6.7", "MIT", ("src", "README.md"), "test"),
    Source("npm", "immer", "11.2.10", "MIT", ("src", "readme.md"), "test"),
    Source("npm", "@trpc/server", "11.25.2", "MIT", ("src", "skills", "README.md"), "test"),
    Source("npm", "@tiptap/core", "3.34.0", "MIT", ("src", "README.md"), "test"),
    Source("npm", "@tanstack/query-core", "5.108.0", "MIT", ("src",), "test"),
    Source("npm", "preact", "11.2.0", "MIT", ("!dist", "!*/dist"), "test"),
    Source("npm", "commander", "14.0.3", "MIT", (), "test"),
    Source("npm", "fastify", "5.12.8", "MIT", (), "test"),
    Source("npm", "axios", "1.21.1", "MIT", ("lib", "index.js", "index.d.ts", "README.md"), "test"),
    Source("npm", "eslint", "10.15.0", "MIT", ("lib", "bin", "conf", "messages", "README.md"), "test"),
    Source("sdist", "flask", "3.1.3", "BSD-3-Clause", (), "test"),
    Source("sdist", "requests", "2.34.2", "Apache-2.0", (), "test"),
    Source("sdist", "click", "8.5.1", "BSD-3-Clause", (), "test"),
    Source("sdist", "attrs", "26.1.0", "MIT", (), "test"),
    Source("sdist", "trio", "0.35.0", "MIT OR Apache-2.0", (), "test"),
)

# extension -> language
EXTENSIONS = {
    "ts": "typescript", "tsx": "typescript", "mts": "typescript", "cts": "typescript",
    "js": "javascript", "mjs": "javascript", "cjs": "javascript", "jsx": "javascript",
    "py": "python", "pyi": "python", "go": "go", "rs": "rust", "java": "java",
    "c": "c", "h": "c", "hpp": "c", "cpp": "c", "cc": "c",
    "css": "style", "scss": "style", "html": "html", "svelte": "html",
    "json": "data", "yaml": "data", "yml": "data", "toml": "data",
    "sh": "shell", "bash": "shell",
    "md": "prose", "mdx": "prose", "rst": "prose", "txt": "prose",
}  # fmt: skip

# language -> megabytes of training text at most
CAPS = {
    "typescript": 110, "javascript": 76, "python": 96, "go": 12, "rust": 12, "c": 14, "java": 8, "style": 3, "html": 3,
    "data": 6, "shell": 3, "prose": 32,
}  # fmt: skip

# megabytes of one package in one language
PACKAGE_CAP = {"typescript": 24, "javascript": 16, "python": 16, "prose": 7, "c": 5, "data": 0.8}
PACKAGE_CAP_OTHERS = 8
