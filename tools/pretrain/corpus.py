"""Makes the starter's corpus from nothing but sources.py: one JSON line per file, the files of a package together.

    python tools/pretrain/corpus.py --cache DIR --out corpus.jsonl

Fetches the pinned packages into DIR (npm, pip and apt-get must be there), unpacks them, asks the product's own policy
what it keeps (list.mjs), filters further, drops copies, splits by package. Lines are {package, path, language, split,
text}. Writes manifest.json: every package with version, licence, archives' SHA-256, files and bytes taken.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fetch import fetch, unpack
from filters import is_test, line_hashes, path_hash, refusal, without_licence
from sources import CAPS, EXTENSIONS, FORBIDDEN, PACKAGE_CAP, PACKAGE_CAP_OTHERS, SOURCES, Source

HERE = Path(__file__).parent
GUARD = HERE.parent.parent / "media" / "guard"
SPLITS = ("test", "validation", "train")  # the order in which copies are kept


@dataclass(frozen=True)
class File:
    source: Source
    path: str  # inside the package
    language: str
    text: str
    size: int  # bytes of the text

    def order(self) -> tuple:
        """Which files a cap keeps: whole folders, in an order that only a hash of their names gives; tests last."""
        folder = self.path.rpartition("/")[0]
        return is_test(self.path), path_hash(f"{self.source.name}/{folder}"), self.source.name, self.path


def main() -> None:
    args = parse()
    cache, out = Path(args.cache), Path(args.out)
    archives = {s.name: fetch(s, cache) for s in SOURCES}
    known = check_hashes(archives)
    folders = {str(unpack(s, archives[s.name], cache).resolve()): s for s in SOURCES}
    refused: Counter[str] = Counter()
    files = list(read(folders, refused))
    copies = Copies()
    taken = [f for split in SPLITS for f in choose(files, split, copies, refused)]
    whole = out.with_name(out.name + ".part")
    with whole.open("w", encoding="utf-8") as lines:
        for file in sorted(taken, key=lambda f: (SPLITS[::-1].index(f.source.split), SOURCES.index(f.source), f.path)):
            row = {"package": file.source.name, "path": file.path, "language": file.language, "split": file.source.split}
            lines.write(json.dumps(row | {"text": file.text}, ensure_ascii=False) + "\n")
    os.replace(whole, out)
    report(taken, known, refused)


def read(folders: dict[str, Source], refused: Counter) -> Iterator[File]:
    """What the product's policy and filters.py let pass."""
    listing = subprocess.Popen(["node", str(HERE / "list.mjs"), *folders], stdout=subprocess.PIPE, encoding="utf-8")
    for line in listing.stdout:
        item = json.loads(line)
        source, path = folders[item["folder"]], item["path"]
        language = EXTENSIONS.get(path.rsplit(".", 1)[-1].lower())
        if item.get("skipped"):
            refused[f"policy: {item['skipped']}"] += 1
        elif language is None:
            refused["no language of ours"] += 1
        elif source.split == "train" and FORBIDDEN & set(path.lower().split("/")):
            refused["forbidden"] += 1
        else:
            raw = Path(item["folder"], path).read_bytes()
            reason = refusal(path, language, raw)
            if reason:
                refused[reason] += 1
                continue
            text = without_licence(f"{source.name}/{path}", raw.decode("utf-8").removeprefix("\ufeff").replace("\r\n", "\n"))
            yield File(source, path, language, text, len(text.encode()))
    if listing.wait() != 0:
        sys.exit("list.mjs failed")


class Copies:
    """Lines and texts taken so far, over all packages and splits, and the guard's."""

    def __init__(self) -> None:
        self.texts: set[int] = set()
        self.lines: set[int] = set()
        guard = [f.read_text(encoding="utf-8") for f in GUARD.glob("*") if f.name != "SOURCES.md"]
        self.guard = {h for text in guard for h in line_hashes(text)}

    def refusal(self, text: str) -> str | None:
        lines = line_hashes(text)
        if hash(text) in self.texts or sum(h in self.lines for h in lines) > 0.5 * max(1, len(lines)):
            return "duplicate"
        if sum(h in self.guard for h in lines) > 0.1 * max(1, len(lines)):
            return "guard"
        self.texts.add(hash(text))
        self.lines.update(lines)
        return None


def choose(files: list[File], split: str, copies: Copies, refused: Counter) -> Iterator[File]:
    """Drops exact and near copies, anything that shares text with the guard, and what exceeds a cap."""
    size: Counter = Counter()
    for file in sorted((f for f in files if f.source.split == split), key=File.order):
        if file.size < 100:
            refused["small"] += 1
            continue
        both = (file.source.name, file.language)
        caps = {file.language: CAPS[file.language], both: PACKAGE_CAP.get(file.language, PACKAGE_CAP_OTHERS)}
        full = any(size[key] + file.size > cap * 1e6 for key, cap in caps.items())
        reason = "cap" if full else copies.refusal(file.text)
        if reason:
            refused[reason] += 1
            continue
        for key in caps:
            size[key] += file.size
        yield file


def check_hashes(archives: dict[str, list[Path]]) -> dict[str, dict[str, str]]:
    """SHA-256 of the archives; ends the program where the manifest knows other bytes for the same version."""
    manifest = HERE / "manifest.json"
    before = json.loads(manifest.read_text())["packages"] if manifest.exists() else []
    pinned = {(p["package"], p["version"]): p.get("archives", {}) for p in before}
    known = {}
    for source in SOURCES:
        sums = {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in archives[source.name]}
        for name, old in pinned.get((source.name, source.version), {}).items():
            if sums.get(name, old) != old:
                sys.exit(f"{name}: not the archive of the manifest; delete it from the cache and fetch it again")
        known[source.name] = sums
    return known


def report(taken: list[File], known: dict[str, dict[str, str]], refused: Counter) -> None:
    per: dict[tuple, list[int]] = defaultdict(lambda: [0, 0])
    for file in taken:
        for key in ((file.source.name,), (file.source.split, file.language)):
            per[key][0] += 1
            per[key][1] += file.size
    packages = [
        {"package": s.name, "version": s.version, "kind": s.kind, "licence": s.licence, "split": s.split}
        | {"files": per[(s.name,)][0], "bytes": per[(s.name,)][1], "archives": known[s.name]}
        for s in SOURCES
    ]
    sizes = {
        split: {key[1]: {"files": n, "bytes": b} for key, (n, b) in sorted(per.items()) if key[0] == split and len(key) == 2}
        for split in SPLITS[::-1]
    }
    manifest = {"packages": packages, "languages": sizes, "refused": dict(sorted(refused.items()))}
    (HERE / "manifest.json").write_text(json.dumps(manifest, indent="\t") + "\n")
    for split, languages in sizes.items():
        print(split, sum(v["bytes"] for v in languages.values()), {k: v["bytes"] for k, v in languages.items()})
    print(manifest["refused"])


def parse() -> argparse.Namespace:
    p = argparse.ArgumentParser()
    p.add_argument("--cache", required=True, help="folder for what is fetched and unpacked")
    p.add_argument("--out", required=True)
    return p.parse_args()


if __name__ == "__main__":
    main()
