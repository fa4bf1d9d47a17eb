"""``python -m tests.conformance.generate``: writes sync/schema.json and sync/words.ts, pins the schema's digest."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from sync import generate

ROOT = Path(__file__).parents[2]
SYNC = ROOT / "sync"


def words_ts() -> str:
    """``words.ts`` in the project's one format."""
    prettier = [
        "pwa/node_modules/.bin/prettier",
        "--config",
        "pwa/.prettierrc.json",
        "--parser",
        "typescript",
    ]
    done = subprocess.run(
        prettier, cwd=ROOT, input=generate.words_ts(), capture_output=True, text=True, check=True
    )
    return done.stdout


def main() -> None:
    words = SYNC / "words.py"
    pin = f'SCHEMA_DIGEST = "{generate.schema_digest()}"'
    words.write_text(re.sub(r'SCHEMA_DIGEST = "[0-9a-f]{64}"', pin, words.read_text("utf-8")), "utf-8")
    (SYNC / "schema.json").write_text(generate.schema_text(), "utf-8")
    (SYNC / "words.ts").write_text(words_ts(), "utf-8")


if __name__ == "__main__":
    main()
