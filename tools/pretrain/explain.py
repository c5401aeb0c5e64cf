"""Explain pairs out of the corpus itself: code without its documentation -> the first sentences of that documentation."""

import ast
import re
import textwrap
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import NamedTuple

MOST_CODE, LEAST_CODE = 1600, 60  # characters
MOST_WORDS, LEAST_WORDS = 40, 4


class Pair(NamedTuple):
    what: str  # "function", "class" or "file"
    language: str
    path: str
    name: str
    code: str
    answer: str


def pairs(documents: Iterable[dict]) -> Iterator[Pair]:
    """Pairs of {path, language, text} documents. A file is explained by its module documentation or its folder's README."""
    readmes: dict[tuple, str] = {}
    entries: dict[tuple, dict] = {}
    for document in documents:
        path, text = PurePosixPath(document["path"]), document["text"]
        folder = (document.get("package"), str(path.parent))
        if path.name.lower().startswith("readme"):
            readmes[folder] = text
        elif path.stem in ("index", "main", "__init__", "mod", "lib"):
            entries[folder] = document
        language = document["language"]
        if language == "python":
            yield from python(document["path"], text)
        elif language in BRACES:
            yield from braces(document["path"], language, text)
    for folder, document in entries.items():
        answer = first_words(re.sub(r"(?m)^(#+|=+|-+|\[!|<).*$", "", readmes.get(folder, "")))
        if answer:
            yield Pair("file", document["language"], document["path"], "", document["text"][:MOST_CODE], answer)


def python(path: str, text: str) -> Iterator[Pair]:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return
    lines = text.splitlines(keepends=True)
    for node in ast.walk(tree):
        if not isinstance(node, (ast.Module, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        answer = first_words(ast.get_docstring(node) or "")
        if not answer:
            continue
        doc = node.body[0]
        start = 1 if isinstance(node, ast.Module) else min([node.lineno, *(d.lineno for d in node.decorator_list)])
        end = len(lines) if isinstance(node, ast.Module) else node.end_lineno
        code = "".join(lines[start - 1 : doc.lineno - 1] + lines[doc.end_lineno : end])
        what = {ast.Module: "file", ast.ClassDef: "class"}.get(type(node), "function")
        yield from fit(Pair(what, "python", path, getattr(node, "name", ""), textwrap.dedent(code), answer))


BLOCK = r"^([ \t]*)/\*\*((?:[^*]|\*(?!/))*)\*/[ \t]*\n"
LINES = r"^([ \t]*)((?://[^\n]*\n[ \t]*)+)"
# language -> documentation comment, then the head of what it documents (its name is the last group)
BRACES = {
    "typescript": (BLOCK, r"[^\n=({;]*?\b(?:function|class|interface|const|enum)?\s*\*?\b([A-Za-z_$][\w$]*)\s*[=(<{:?]"),
    "javascript": (BLOCK, r"[^\n=({;]*?\b(?:function|class|const)?\s*\*?\b([A-Za-z_$][\w$.]*)\s*[=(<{:]"),
    "java": (BLOCK, r"[^\n;]*?\b([A-Za-z_]\w*)\s*[({<]"),
    "go": (LINES, r"(?:func|type)\s*(?:\([^)]*\)\s*)?([A-Za-z_]\w*)"),
    "rust": (LINES, r"[^\n;]*?\b(?:fn|struct|trait|enum)\s+([A-Za-z_]\w*)"),
}
PATTERNS = {k: re.compile(doc + r"(?=[ \t]*(?:" + head + r"))", re.M) for k, (doc, head) in BRACES.items()}


def braces(path: str, language: str, text: str) -> Iterator[Pair]:
    for match in PATTERNS[language].finditer(text):
        comment = re.sub(r"(?m)^[ \t]*(\*|//[/!]?) ?", "", match.group(2))
        answer = first_words(re.split(r"(?m)^\s*@(?!link)", comment)[0])
        if answer:
            code = textwrap.dedent(item(text, match.end()))
            if not re.search(r"[({]", code.partition("\n")[0]):  # a field, not a function
                continue
            what = "class" if re.match(r"[^\n({]*\b(class|interface|struct|trait|enum)\b", code) else "function"
            yield from fit(Pair(what, language, path, match.group(3), code, answer))


def item(text: str, start: int) -> str:
    """The declaration that begins at `start`: to the end of its braces, or of its statement."""
    depth = 0
    for at in range(start, min(len(text), start + MOST_CODE + 1)):
        c = text[at]
        if c in "({[":
            depth += 1
        elif c in ")}]":
            depth -= 1
            if depth < 0:
                return text[start:at].rstrip()
            if depth == 0 and c == "}":
                return text[start : at + 1]
        elif depth == 0 and (c == ";" or text.startswith("\n\n", at)):
            return text[start : at + 1].rstrip()
    return ""


def fit(pair: Pair) -> Iterator[Pair]:
    code = pair.code.strip("\n")
    if pair.what == "file":
        code = code[: code.rfind("\n", 0, MOST_CODE)] if len(code) > MOST_CODE else code
    if LEAST_CODE <= len(code) <= MOST_CODE and pair.answer not in code:
        yield pair._replace(code=code)


def first_words(text: str) -> str:
    """The first paragraph up to MOST_WORDS, ending at a sentence; empty if it says too little."""
    paragraph = " ".join(next((p for p in re.split(r"\n\s*\n", text.strip()) if p.strip()), "").split())
    paragraph = re.sub(r"\{@link\s+([^}|]*)[^}]*\}", r"\1", paragraph)
    sentences = re.split(r"(?<=[.!?])\s+(?=[A-Z`])", paragraph)
    taken = sentences[0]
    for sentence in sentences[1:]:
        if len((taken + " " + sentence).split()) > MOST_WORDS // 2:
            break
        taken += " " + sentence
    words = taken.split()
    plain = sum(c.isalpha() or c == " " for c in taken) / max(1, len(taken))
    return taken if LEAST_WORDS <= len(words) <= MOST_WORDS and plain > 0.75 else ""
