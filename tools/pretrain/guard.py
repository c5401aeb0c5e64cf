"""Assembles media/guard from unpacked packages: `python tools/pretrain/guard.py FOLDER`. None of them is in the corpus.

Long files are cut at a blank line; the name says where a text is from. SOURCES.md lists origin and licence.
"""

import sys
from pathlib import Path

HERE = Path(__file__).parent
OUT = HERE.parent.parent / "media" / "guard"
GO = "usr/share/gocode/src/github.com/BurntSushi/toml"
RUST = "usr/share/cargo/registry/semver-1.0.14"
LICENCES = {
    "trio": "LICENSE.MIT",
    "ujson": "LICENSE.txt",
    "toml": "usr/share/doc/golang-github-burntsushi-toml-dev/copyright",
    "semver": f"{RUST}/LICENSE-MIT",
    "sanitize.css": "LICENSE.md",
}

# (name in media/guard, package folder prefix, file inside, first byte, bytes about, package and licence)
PIECES = [
    ("immer-proxy.ts", "immer", "src/core/proxy.ts", 0, 8000, "immer, MIT"),
    ("immer-patches.ts", "immer", "src/plugins/patches.ts", 0, 7000, "immer, MIT"),
    ("tldts-suffix-trie.ts", "tldts", "src/suffix-trie.ts", 0, 7000, "tldts, MIT"),
    ("preact-hooks.js", "preact", "hooks/src/index.js", 0, 7000, "preact, MIT"),
    ("preact-children.js", "preact", "src/diff/children.js", 0, 7000, "preact, MIT"),
    ("preact-index.d.ts", "preact", "src/index.d.ts", 0, 5000, "preact, MIT"),
    ("attrs-funcs.py", "attrs", "src/attr/_funcs.py", 0, 8000, "attrs, MIT"),
    ("trio-parking-lot.py", "trio", "src/trio/_core/_parking_lot.py", 0, 8000, "trio, MIT"),
    ("ujson-decode.c", "ujson", "src/ujson/decode.c", 2500, 9000, "ujson, BSD-3-Clause"),
    ("toml-error.go", "toml", f"{GO}/error.go", 0, 8000, "toml (Go), MIT"),
    ("semver-parse.rs", "semver", f"{RUST}/src/parse.rs", 0, 8000, "semver (Rust), MIT"),
    ("trio-ci.sh", "trio", "ci.sh", 0, 6100, "trio, MIT"),
    ("sanitize.css", "sanitize.css", "sanitize.css", 0, 5000, "sanitize.css, CC0-1.0"),
    ("mime-db.json", "mime-db", "db.json", 0, 4000, "mime-db, MIT"),
    ("attrs-ci.yml", "attrs", ".github/workflows/ci.yml", 0, 4000, "attrs, MIT"),
    ("attrs-why.md", "attrs", "docs/why.md", 0, 12000, "attrs, MIT"),
    ("attrs-names.md", "attrs", "docs/names.md", 0, 7000, "attrs, MIT"),
    ("attrs-contributing.md", "attrs", ".github/CONTRIBUTING.md", 0, 8000, "attrs, MIT"),
    ("trio-design.rst", "trio", "docs/source/design.rst", 0, 14000, "trio, MIT"),
    ("trio-tutorial.rst", "trio", "docs/source/tutorial.rst", 0, 10000, "trio, MIT"),
]


def main() -> None:
    base = Path(sys.argv[1])
    OUT.mkdir(parents=True, exist_ok=True)
    rows, total, licences = [], 0, {}
    for name, package, inside, first, size, licence in PIECES:
        root = next(base.glob(f"{package}*"))
        text = cut((root / inside).read_bytes()[first:].decode("utf-8", "ignore"), size, first > 0)
        (OUT / name).write_text(text)
        bytes_ = len(text.encode())
        total += bytes_
        title, spdx = licence.split(", ")
        version = root.name.removeprefix(package).removeprefix("-")
        rows.append(f"| `{name}` | {title} {version} | `{inside.split('toml/')[-1].split('1.0.14/')[-1]}` | {spdx} | {bytes_} |")
        licences.setdefault(f"{title}, {spdx}", (root / LICENCES.get(package, "LICENSE")).read_text().strip())
    head = (
        "# Guard text\n\nCode and prose that no corpus of ours holds. It is scored before and after an adaptation, to see that\n"
        "general ability did not suffer. The pieces are shortened copies, unchanged otherwise; each stays under its own licence,\n"
        "repeated below. Made by `tools/pretrain/guard.py`. This file is not part of the text.\n\n"
        "| file | package | from | licence | bytes |\n|---|---|---|---|---:|\n"
    )
    notices = "".join(f"\n## {title}\n\n```text\n{text}\n```\n" for title, text in licences.items())
    (OUT / "SOURCES.md").write_text(head + "\n".join(rows) + f"\n\nTogether {total} bytes.\n" + notices)
    print(total)


def cut(text: str, size: int, inside: bool) -> str:
    """About `size` characters that start (when `inside` the file) and end at a blank line."""
    if inside:
        text = text[text.index("\n\n") + 2 :]
    if len(text) <= size * 1.15:
        return text
    end = text.find("\n\n", size)
    if end < 0 or end > size * 1.3:
        end = text.index("\n", size)
    return text[: end + 1]


if __name__ == "__main__":
    main()
