"""Gathers real lines in many languages, programming and natural, from permissively licensed files (see SOURCES.md beside the fixture)."""

import json
import re
import subprocess
from pathlib import Path

# Regions and languages by their names in CLDR (Unicode License v3), as Node's Intl has them.
CLDR = r"""
const out = [];
const regions = []; const a = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
for (const x of a) for (const y of a) regions.push(x + y);
const languages = "aa ab af am ar as az be bg bn bo br bs ca cs cy da de dz el en eo es et eu fa fi fo fr ga gl gu he hi hr hu hy id is it ja ka kk km kn ko ku ky la lo lt lv mg mk ml mn mr ms my nb ne nl or pa pl ps pt ro ru sa sd si sk sl so sq sr sv sw ta te tg th ti tk tr uk ur uz vi yo zh zu".split(" ");
for (const l of "ar hi th he fa bn ta ka am el uk vi km my te zh ja ko hy si".split(" ")) {
  const r = new Intl.DisplayNames([l], { type: "region", fallback: "none" });
  const n = new Intl.DisplayNames([l], { type: "language" });
  const d = new Intl.DateTimeFormat(l, { dateStyle: "full", timeStyle: "long", timeZone: "UTC", numberingSystem: "native" });
  for (const code of regions) { const name = r.of(code); if (name) out.push(`${code}: ${name}`); }
  for (const code of languages) out.push(`${code} = ${n.of(code)}`);
  for (let i = 0; i < 60; i++) out.push(d.format(new Date(Date.UTC(2001, i % 12, 1 + i % 28, i % 24, i, i))));
}
console.log(JSON.stringify(out));
"""


def gather(typescript, modules, site, rust, python):
    """Distinct, non-blank lines with their ends, source by source. Arguments are folders."""
    cldr = json.loads(subprocess.run(["node", "-e", CLDR], capture_output=True, check=True, text=True).stdout)
    yield "cldr", [line + "\n" for line in cldr], 9000
    for language in "zh-cn zh-tw ja ko ru de fr es pt-br pl cs it tr".split():
        messages = json.loads((typescript / f"lib/{language}/diagnosticMessages.generated.json").read_text("utf-8-sig"))
        yield f"typescript {language}", [text.replace("\n", " ") + "\n" for text in messages.values()], 900
    yield "typescript lib.dom.d.ts", lines(typescript / "lib/lib.dom.d.ts"), 5000
    yield "@types/vscode", lines(modules / "@types/vscode/index.d.ts"), 4500
    yield "js-yaml", lines(modules / "js-yaml/dist/js-yaml.cjs.js"), 2500
    yield "fast-check", lines(modules / "fast-check/lib/fast-check.js"), 4500
    for name in ["fast-check/README.md", "glob/README.md", "diff/README.md", "type-fest/readme.md"]:
        yield name, lines(modules / name), 500
    yield "rich emoji", lines(site / "rich/_emoji_codes.py"), 2500
    yield "networkx", [line for file in sorted((site / "networkx/algorithms").glob("*.py")) for line in lines(file)], 7500
    yield "numpy headers", [line for file in sorted((site / "numpy/_core/include").rglob("*.h")) for line in lines(file)], 3500
    yield "idna", lines(site / "idna/uts46data.py"), 700
    yield "pyparsing, CRLF", lines(python / "site-packages/setuptools/_vendor/pyparsing.py"), 3500
    for language in ["zh", "ja", "es", "ko"]:
        book = rust / f"rust-by-example/{language}/print.html"
        if book.exists():
            yield f"rust-by-example {language}", lines(book)[200:], 1200


def lines(path):
    return re.findall(r"[^\n]*\n", path.read_bytes().decode("utf-8"))


# Not found in files: spellings of special tokens, odd white space, odd digits, broken-up letters, long runs.
CRAFTED = [
    "<|endoftext|><|im_start|>user<|im_end|> <|fim_prefix|>a<tool_call>b</tool_call>",
    "<s>x</s> <unk> <0x41> ▁<PRE> [INST] hi [/INST] <fim_prefix>a<fim_suffix>",
    "<|begin_of_text|><|eot_id|><|end_of_text|><｜begin▁of▁sentence｜><｜fim▁begin｜><|EOT|>",
    "\ufeffBOM here\ufeff and there",
    "nel\u0085 nbsp\u00a0\u00a0 em\u2003 zwsp\u200b ls\u2028 ps\u2029 ideographic\u3000space",
    "\x0b\x0c vertical \x1c\x1d\x1e\x1f separators \x00 nul \x7f",
    "digits ٠١٢٣ ०१२ ５６ ½ ² ③ Ⅷ ௰ 𝟗 12345678901234567890",
    "cafe\u0301 A\u030a \u1e9b\u0323 \u212b \uac00 \u1100\u1161 q\u0307\u0323",
    "schön Öl õ ÷ naïve ÿ þ İ ı ß ẞ ſ K",
    "👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽 🇩🇪🇯🇵 1️⃣ ☃️ \U0001f9ff\u200d\U000e0067",
    "it's IT'S we'll WE'LL ſ'ſ I'M don't 'tis ''s",
    " " * 37 + "\t\t \t" + " " * 100 + "x",
    "\r\n\r\n \r \n\n\n   \n",
    "a" * 300 + "é" * 100 + "漢" * 100 + "=" * 200,
    "▁▁ ▁a ▁ b▁c  d",
    "\ufffd\uffff\ufdd0\U0010ffff\ue000",
    " leading",
    "  two leading",
]
