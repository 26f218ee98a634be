"""`tierline eval routing|intents`: learn from one file, answer another, without a desk."""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tierline.core.kernel import strict_json
from tierline.core.kernel.errors import Invalid
from tierline.work.routing.rules.learned import Example, Model, fit

from . import output

_LONGEST = 1_000_000  # characters of one line
_SUBJECTS = {
    "routing": "learn where past requests went and say it of new ones",
    "intents": "learn what past requests meant and say it of new ones",
}


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The words that `tierline eval` takes."""
    evaluate = subparsers.add_parser("eval", help="learn from one file and answer another, for scoring")
    subjects = evaluate.add_subparsers(required=True, metavar="SUBJECT")
    for name, summary in _SUBJECTS.items():
        subject = subjects.add_parser(name, help=summary)
        subject.add_argument("--train", required=True, metavar="FILE", help='JSON lines {"text", "label"}')
        subject.add_argument("--test", required=True, metavar="FILE", help='JSON lines {"id", "text"}')
        subject.add_argument("--json", action="store_true", help="one JSON object an answer")
        subject.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    """Exit 0 when every question was answered. The figures of what was learned go to standard error."""
    model = _learned(args.train)
    figures = model.figures
    output.say(
        f"learned {len(model.labels)} labels from {figures.texts} texts; of {figures.aside} kept aside "
        f"{figures.accuracy:.1%} were right; at 95 % precision {figures.coverage:.1%} are answered"
    )
    for line in _lines(args.test):
        if not isinstance(line.get("text"), str) or "id" not in line:
            raise Invalid({"test": f"{args.test}: each line needs an id and a text."})
        said = model.predict(line["text"])
        answer = {"id": line["id"], "label": said.label, "score": round(said.score, 6)}
        print(json.dumps(answer, ensure_ascii=False) if args.json else f"{said.score:.3f}\t{said.label or '-'}")
    return 0


def _learned(path: str) -> Model:
    examples = []
    for line in _lines(path):
        if not isinstance(line.get("text"), str) or not isinstance(line.get("label"), str | None):
            raise Invalid({"train": f"{path}: each line needs a text and a label, which may be null."})
        examples.append(Example(line["text"], line.get("label") or None))
    try:
        return fit(examples)
    except ValueError as problem:
        raise Invalid({"train": f"{path}: {problem}"}) from None


def _lines(path: str) -> Iterator[dict[str, Any]]:
    """The objects of a file with JSON lines. Raises Invalid, with the number of the line, for what is none."""
    try:
        with sys.stdin if path == "-" else Path(path).open(encoding="utf-8", errors="replace") as stream:
            number = 0
            while line := stream.readline(_LONGEST):
                number += 1
                if not line.strip():
                    continue
                given = strict_json.read(line)
                if not isinstance(given, dict):
                    raise Invalid({"file": f"{path}, line {number}: an object is needed."})
                yield given
    except OSError as error:
        raise Invalid({"file": f"{path}: {error.strerror}."}) from None
