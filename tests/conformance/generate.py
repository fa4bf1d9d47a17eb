"""``python -m tests.conformance.generate``: writes sync/schema.json and sync/words.ts and pins the schema's digest;
with ``vectors`` it also writes sync/vectors/{chain,fold,check}.json. Whoever does so reads what has changed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from sync.canon import JSON
from tests.conformance import schemas
from tests.conformance.chains import chain_vectors
from tests.conformance.journey import case_vector, journey_vector
from tests.conformance.refusals import CASES
from tests.conformance.refusals_again import CASES as AGAIN_CASES
from tests.conformance.refusals_disputed import CASES as DISPUTED_CASES
from tests.conformance.refusals_findings import CASES as FINDING_CASES
from tests.conformance.refusals_leave import CASES as LEAVE_CASES
from tests.conformance.refusals_second import CASES as SECOND_CASES
from tests.conformance.refusals_site import CASES as SITE_CASES
from tests.conformance.site import SITES
from tests.conformance.situations import fold_vector, situations
from tests.conformance.visits import packet

ROOT = Path(__file__).parents[2]
SYNC = ROOT / "sync"
ALL_CASES = (*CASES, *DISPUTED_CASES, *AGAIN_CASES, *SECOND_CASES, *FINDING_CASES, *SITE_CASES, *LEAVE_CASES)


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
        prettier, cwd=ROOT, input=schemas.words_ts(), capture_output=True, text=True, check=True
    )
    return done.stdout


def vectors() -> dict[str, JSON]:
    """The vectors of the visit by file."""
    return {
        "chain": chain_vectors(),
        "fold": [fold_vector(one) for one in situations()],
        "check": {
            "packet": packet().model_dump(mode="json"),
            "sites": {name: rules.model_dump(mode="json") for name, rules in SITES.items()},
            "journey": journey_vector(),
            "cases": [case_vector(case) for case in ALL_CASES],
        },
    }


def main() -> None:
    words = SYNC / "words" / "__init__.py"
    pin = f'SCHEMA_DIGEST = "{schemas.schema_digest()}"'
    words.write_text(re.sub(r'SCHEMA_DIGEST = "[0-9a-f]{64}"', pin, words.read_text("utf-8")), "utf-8")
    (SYNC / "schema.json").write_text(schemas.schema_text(), "utf-8")
    (SYNC / "words.ts").write_text(words_ts(), "utf-8")
    if "vectors" in sys.argv[1:]:
        for name, value in vectors().items():
            text = json.dumps(value, ensure_ascii=False, indent=1)
            (SYNC / "vectors" / f"{name}.json").write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()
