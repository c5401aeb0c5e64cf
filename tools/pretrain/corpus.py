"""Collects the starter's corpus from permissively licensed packages: one JSON line {path, language, split, text} per file.

    python tools/pretrain/corpus.py --npm DIR --sdist DIR --deb DIR --modules node_modules --out corpus.jsonl

DIR holds unpacked packages as NAME-VERSION. The standard library and site packages are found through this Python.
Writes tools/pretrain/manifest.json: package, version, licence, files and bytes taken.
"""

import argparse
import importlib.metadata
import json
import platform
import sysconfig
from collections import Counter, defaultdict
from pathlib import Path

from filters import line_hashes, path_hash, refusal, without_licence
from sources import CAPS, EXTENSIONS, FORBIDDEN, PACKAGE_CAP, SOURCES, Source

HERE = Path(__file__).parent
GUARD = HERE.parent.parent / "media" / "guard"


def main() -> None:
    args = parse()
    refused: Counter[str] = Counter()
    guard = {h for f in sorted(GUARD.glob("*")) if f.name != "SOURCES.md" for h in line_hashes(f.read_text())}
    files, versions = [], {}
    for source in SOURCES:
        versions[source.name], found = locate(source, args)
        for path, file in found:
            language = EXTENSIONS.get(file.suffix[1:].lower())
            if language is None or FORBIDDEN & set(path.lower().split("/")):
                continue
            raw = file.read_bytes()
            reason = refusal(path, raw)
            if reason:
                refused[reason] += 1
            else:
                files.append((path_hash(path), path, language, source.name, raw.decode()))
    taken = choose(sorted(files), guard, refused)
    with open(args.out, "w") as out:
        for key, path, language, _, text in taken:
            split = "validation" if key % 97 == 0 else "train"
            out.write(json.dumps({"path": path, "language": language, "split": split, "text": text}) + "\n")
    report(taken, versions, refused)


def choose(files: list, guard: set[int], refused: Counter) -> list:
    """Drops exact and near copies, anything that shares text with the guard, and what exceeds a language's cap."""
    seen: set[int] = set()
    texts: set[int] = set()
    size: Counter[str] = Counter()
    taken = []
    for key, path, language, name, text in files:
        text = without_licence(path, text.replace("\r\n", "\n"))
        if len(text) < 100:
            refused["small"] += 1
            continue
        if size[language] + len(text) > CAPS[language] * 1e6:
            refused["cap"] += 1
            continue
        if size[name] + len(text) > PACKAGE_CAP * 1e6:
            refused["package cap"] += 1
            continue
        lines = line_hashes(text)
        copies = sum(h in seen for h in lines)
        if hash(text) in texts or copies > 0.5 * max(1, len(lines)):
            refused["duplicate"] += 1
            continue
        if sum(h in guard for h in lines) > 0.1 * max(1, len(lines)):
            refused["guard"] += 1
            continue
        texts.add(hash(text))
        seen.update(lines)
        size[language] += len(text)
        size[name] += len(text)
        taken.append((key, path, language, name, text))
    return taken


def locate(source: Source, args: argparse.Namespace) -> tuple[str, list[tuple[str, Path]]]:
    """The package's version and its files, each with a path free of this machine's folders."""
    if source.kind == "site":
        try:
            dist = importlib.metadata.distribution(source.name)
        except importlib.metadata.PackageNotFoundError:
            return "absent", []
        entries = [(f"{source.name}/{f}", Path(str(dist.locate_file(f)))) for f in dist.files or []]
        return dist.version, [(p, f) for p, f in entries if f.is_file() and ".." not in p and ".dist-info" not in p]
    if source.kind == "stdlib":
        return platform.python_version(), walk(Path(sysconfig.get_path("stdlib")), "python", ())
    if source.kind == "modules":
        root = Path(args.modules) / source.name
        version = json.loads((root / "package.json").read_text())["version"] if root.exists() else "absent"
        roots = [root, *Path(args.modules).glob("@typescript/typescript-*/lib")] if source.name == "typescript" else [root]
        return version, [pair for r in roots for pair in walk(r, source.name, source.only)]
    root = next(Path(getattr(args, source.kind)).glob(f"{source.name}*"), None)
    if root is None:
        return "absent", []
    version = root.name.removeprefix(source.name).removeprefix("-") or args.deb_versions.get(source.name, "")
    return version, walk(root, source.name, source.only)


def walk(root: Path, name: str, only: tuple[str, ...]) -> list[tuple[str, Path]]:
    found = []
    for folder in [root / o for o in only] or [root]:
        for file in sorted(folder.rglob("*")):
            inside = file.relative_to(root).as_posix()
            if file.is_file() and not file.is_symlink() and "site-packages" not in inside:
                found.append((f"{name}/{inside}", file))
    return found


def report(taken: list, versions: dict[str, str], refused: Counter) -> None:
    per: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    languages: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for _, _, language, name, text in taken:
        for row in (per[name], languages[language]):
            row[0] += 1
            row[1] += len(text.encode())
    rows = [
        {"package": s.name, "version": versions[s.name], "from": s.kind, "licence": s.licence}
        | {"files": per[s.name][0], "bytes": per[s.name][1]}
        for s in SOURCES
        if per[s.name][0]
    ]
    sizes = {k: {"files": f, "bytes": b} for k, (f, b) in sorted(languages.items())}
    manifest = {"packages": rows, "languages": sizes, "refused": dict(refused)}
    (HERE / "manifest.json").write_text(json.dumps(manifest, indent="\t") + "\n")
    print(json.dumps(manifest["languages"], indent=1), refused, sum(b for _, b in languages.values()))


def parse() -> argparse.Namespace:
    p = argparse.ArgumentParser()
    for kind in ("npm", "sdist", "deb", "modules"):
        p.add_argument(f"--{kind}", required=True)
    p.add_argument("--out", required=True)
    p.add_argument("--deb-versions", type=json.loads, default={})
    return p.parse_args()


if __name__ == "__main__":
    main()
