"""Searching a program's output for a recipe's regular expression, which may be written to never end.

Python's `re` cannot be interrupted, so the search is done in a process of its own that has one second of
processor time, and is ended when it takes longer.
"""

import json
import subprocess
import sys
from collections.abc import Sequence

SECONDS = 1
_SEARCH = """
import json, re, resource, sys
resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
questions = json.load(sys.stdin)
found = [re.search(pattern, text, re.MULTILINE) is not None for pattern, text in questions]
json.dump(found, sys.stdout)
""".replace("SECONDS", str(SECONDS))


def search(questions: Sequence[tuple[str, str]]) -> list[bool] | None:
    """Whether each (pattern, text) is found.

    An empty pattern is. None when the patterns take too long to tell.
    """
    if not any(pattern for pattern, _ in questions):
        return [True] * len(questions)
    try:
        done = subprocess.run(  # noqa: S603 (our own interpreter and our own text; the pattern comes by standard input)
            [sys.executable, "-I", "-S", "-c", _SEARCH],
            input=json.dumps(questions).encode(),
            capture_output=True,
            timeout=SECONDS * 3,
            check=True,
        )
    except subprocess.SubprocessError:
        return None
    found: list[bool] = json.loads(done.stdout)
    return found
