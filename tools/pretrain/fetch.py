"""Fetches pinned packages with the ordinary clients (npm, pip, apt-get) and unpacks what may hold text."""

import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from fnmatch import fnmatchcase as fnmatch
from pathlib import Path

from sources import ALLOWED, EXTENSIONS, Source

LONGEST = 1_000_000  # bytes of a file; the product's policy refuses longer ones too
RULES = (".gitignore", ".gitattributes", ".attuneignore")
PLATFORMS = ("any", "manylinux2014_x86_64", "manylinux_2_24_x86_64", "manylinux_2_27_x86_64", "manylinux_2_28_x86_64")

# What a package's own metadata says where SPDX says the key.
SAYS = {
    "MIT": r"\bMIT\b|\bExpat\b|License :: OSI Approved :: MIT",
    "BSD-2-Clause": r"BSD-2-Clause",
    "BSD-3-Clause": r"BSD-3-Clause|License :: OSI Approved :: BSD|^License: (?:BSD|Go)\b",
    "Apache-2.0": r"Apache-2(?:\.0)?\b|Apache License,? (?:Version )?2\.0|License :: OSI Approved :: Apache",
    "ISC": r"\bISC\b",
    "PSF-2.0": r"PSF-2\.0|PYTHON SOFTWARE FOUNDATION LICENSE VERSION 2",
}


def fetch(source: Source, cache: Path) -> list[Path]:
    """The package's archives, fetched if they are not in the cache."""
    folder = cache / "fetched"
    folder.mkdir(parents=True, exist_ok=True)
    found = archives(source, folder)
    if not found:
        code = subprocess.run(command(source), cwd=folder, env=environment(source, cache)).returncode
        if code:
            sys.exit(f"{source.name} {source.version}: the client above failed ({code}); is the version still published?")
        found = archives(source, folder)
    if not found:
        sys.exit(f"{source.name} {source.version}: the client left no archive of that name in {folder}")
    return found


def unpack(source: Source, files: list[Path], cache: Path) -> Path:
    """A folder with the package's text files, below no folder of the archive's own. Checks the licence it declares."""
    folder = cache / "unpacked" / f"{flat(source.name)}-{source.version.split(':')[-1]}"
    mark = folder / ".unpacked"
    if not mark.exists() or mark.read_text() != repr(source):
        shutil.rmtree(folder, ignore_errors=True)
        metadata = []
        for inside, data in (pair for file in files for pair in members(source, file)):
            name = inside.rsplit("/", 1)[-1]
            if is_metadata(source, inside):
                metadata.append(data.decode("utf-8", "replace"))
            if (wanted(source, inside) and name.rsplit(".", 1)[-1].lower() in EXTENSIONS) or name in RULES:
                path = folder / inside
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".metadata").write_text("\n".join(metadata))
        mark.write_text(repr(source))
    check_licence(source, (folder / ".metadata").read_text())
    return folder


def check_licence(source: Source, metadata: str) -> None:
    for one in re.split(r" (?:OR|AND) ", source.licence):
        if one not in ALLOWED or not re.search(SAYS[one], metadata, re.M):
            sys.exit(f"{source.name} {source.version}: its own metadata does not say {one}")


def archives(source: Source, folder: Path) -> list[Path]:
    if source.kind == "npm":
        return list(folder.glob(f"{flat(source.name)}-{source.version}.tgz"))
    if source.kind == "sdist":
        return list(folder.glob(f"{source.name}-{source.version}.tar.gz"))
    if source.kind == "wheel":
        return list(folder.glob(f"{source.name.replace('-', '_')}-{source.version}-*.whl"))
    version = source.version.split(":")[-1]
    if source.kind == "deb":
        return list(folder.glob(f"{source.name}_{version}_*.deb"))
    upstream = version.rsplit("-", 1)[0]
    origs = [*folder.glob(f"{source.name}_{upstream}.orig.tar.?z"), *folder.glob(f"{source.name}_{upstream}.orig-*.tar.?z")]
    debian = list(folder.glob(f"{source.name}_{version}.debian.tar.?z"))
    return sorted(origs) + debian if origs and debian else []


def command(source: Source) -> list[str]:
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", f"{source.name}=={source.version}"]
    if source.kind == "npm":
        return ["npm", "pack", "--silent", f"{source.name}@{source.version}"]
    if source.kind == "sdist":
        return [*pip, "--no-binary", source.name]
    if source.kind == "wheel":
        platforms = [part for p in PLATFORMS for part in ("--platform", p)]
        return [*pip, "--only-binary", ":all:", "--python-version", "3.11", *platforms]
    if source.kind == "deb":
        return ["apt-get", "download", f"{source.name}={source.version}"]
    return ["apt-get", "source", "--quiet", "--download-only", f"{source.name}={source.version}"]


def environment(source: Source, cache: Path) -> dict[str, str]:
    """Lists of source packages are usually switched off: apt gets lists of its own, from the mirrors this system names."""
    if source.kind != "debsrc":
        return dict(os.environ)
    apt = cache.resolve() / "apt"
    (apt / "lists" / "partial").mkdir(parents=True, exist_ok=True)
    (apt / "cache" / "archives" / "partial").mkdir(parents=True, exist_ok=True)
    env = {**os.environ, "APT_CONFIG": str(apt / "apt.conf")}
    if not (apt / "apt.conf").exists():
        deb822 = "\n".join(f.read_text() for f in Path("/etc/apt/sources.list.d").glob("debian.sources"))
        (apt / "debian.sources").write_text(re.sub(r"^Types: .*$", "Types: deb-src", deb822, flags=re.M))
        (apt / "apt.conf").write_text(
            f'Dir::Etc::sourcelist "{apt}/debian.sources";\nDir::Etc::sourceparts "/dev/null";\n'
            f'Dir::State::lists "{apt}/lists";\nDir::Cache "{apt}/cache";\n'
        )
        subprocess.run(["apt-get", "update", "--quiet"], env=env, check=True)
    return env


def members(source: Source, file: Path) -> Iterator[tuple[str, bytes]]:
    """(path inside the package, bytes) of the regular files; links and long files are left out."""
    if source.kind == "wheel":
        with zipfile.ZipFile(file) as archive:
            for entry in archive.infolist():
                if not entry.is_dir() and entry.file_size <= LONGEST and safe(entry.filename):
                    yield entry.filename, archive.read(entry)
        return
    stream = None
    if source.kind == "deb":
        stream = io.BytesIO(subprocess.run(["dpkg-deb", "--fsys-tarfile", file], check=True, capture_output=True).stdout)
    component = re.search(r"\.orig-([\w-]+)\.tar", file.name)
    prefix = f"{component[1]}/" if component else ""
    with tarfile.open(None if stream else file, fileobj=stream) as archive:
        for member in archive:
            name = member.name.removeprefix("./")
            # One folder around everything, but for Debian's own files.
            inside = name if source.kind == "deb" or ".debian.tar." in file.name else name.partition("/")[2]
            if member.isfile() and member.size <= LONGEST and inside and safe(inside):
                yield prefix + inside, archive.extractfile(member).read()


def wanted(source: Source, inside: str) -> bool:
    def below(part: str) -> bool:
        return inside == part or inside.startswith(f"{part}/") or fnmatch(inside, part) or fnmatch(inside, f"{part}/*")

    if ".dist-info/" in inside or inside.startswith("debian/"):
        return False
    only = [o for o in source.only if not o.startswith("!")]
    return (not only or any(map(below, only))) and not any(below(o[1:]) for o in source.only if o.startswith("!"))


def is_metadata(source: Source, inside: str) -> bool:
    if source.kind == "npm":
        return inside == "package.json"
    if source.kind == "deb":
        return inside == f"usr/share/doc/{source.name}/copyright"
    return inside in ("PKG-INFO", "debian/copyright") or re.fullmatch(r"[^/]+\.dist-info/METADATA", inside) is not None


def safe(inside: str) -> bool:
    return not inside.startswith("/") and ".." not in inside.split("/")


def flat(name: str) -> str:
    return name.removeprefix("@").replace("/", "-")

