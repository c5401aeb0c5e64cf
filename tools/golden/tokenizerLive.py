"""Prints, as JSON, digests of every chunk of 500 lines of a file, encoded by a tokenizer.json that has lost its control tokens, and of
what their ids decode to.

Run by test/slow/text/tokenizerLive.test.ts: python tools/golden/tokenizerLive.py <tokenizer.json> <lines.txt>
"""

import hashlib
import json
import re
import sys
from array import array
from pathlib import Path

from tokenizers import Tokenizer



def digest(parts):
    sha = hashlib.sha256()
    for part in parts:
        sha.update(part)
    return sha.hexdigest()[:16]


full = json.loads(Path(sys.argv[1]).read_text("utf-8"))
full["added_tokens"] = [t for t in full["added_tokens"] if not t["special"] and not re.fullmatch(r"<.+>|\[.+\]", t["content"], re.S)]
full["post_processor"] = None
tokenizer = Tokenizer.from_str(json.dumps(full))
lines = re.findall(r"[^\n]*\n", Path(sys.argv[2]).read_bytes().decode("utf-8"))
ids, texts = [], []
for i in range(0, len(lines), 500):
    encoded = [encoding.ids for encoding in tokenizer.encode_batch(lines[i : i + 500], add_special_tokens=False)]
    ids.append(digest(array("i", [*line, -1]).tobytes() for line in encoded))
    texts.append(digest(f"{text}\0".encode() for text in tokenizer.decode_batch(encoded, skip_special_tokens=False)))
print(json.dumps({"ids": ids, "texts": texts}))
