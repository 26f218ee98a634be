"""`tierline lab run RECIPE`: does the fault show? Needs no desk and touches none."""

import argparse
import json
import sys
from pathlib import Path

from tierline.core.kernel.errors import Invalid
from tierline.work.lab.rules import MOST_RUNS, in_words, parse
from tierline.work.lab.runs import Report, reproduce

from . import output

LARGEST = 4 * 1024 * 1024  # bytes


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The words that `tierline lab` takes."""
    lab = subparsers.add_parser("lab", help="run a reproduction recipe in the sandbox")
    verbs = lab.add_subparsers(required=True, metavar="VERB")
    run = verbs.add_parser("run", help="run a recipe k of n times")
    run.add_argument("recipe", metavar="RECIPE", help="a JSON file, or - for standard input")
    run.add_argument("--release", help="the version to run on (default: the first one the recipe lists)")
    run.add_argument("--runs", type=int, choices=range(1, MOST_RUNS + 1), metavar="N", help="how often")
    run.add_argument("--json", action="store_true", help="one JSON object on standard output")
    run.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    spec = parse(_read(args.recipe))
    release = spec.default_release if args.release is None else args.release
    runs = args.runs or spec.runs
    output.say(f"{spec.title}: {runs} runs" + (f" on {release}" if release else ""))
    report = reproduce(spec, release_version=release, runs=runs)
    if report.obstacle:
        output.problem(report.obstacle)
    print(json.dumps(_as_json(report)) if args.json else _as_words(report))
    return 0


def _read(name: str) -> object:
    """The JSON in the file. Raises Invalid with the reason it cannot be taken."""
    try:
        with sys.stdin.buffer if name == "-" else Path(name).open("rb") as stream:
            content = stream.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise Invalid({"recipe": f"{name}: a recipe has at most {LARGEST:,} bytes."})
        return json.loads(content)
    except OSError as error:
        raise Invalid({"recipe": f"{name}: {error.strerror}."}) from None
    except (ValueError, RecursionError) as error:
        raise Invalid({"recipe": f"{name} is not JSON: {error}."}) from None


def _as_json(report: Report) -> dict[str, object]:
    return {
        "runs": len(report.results),
        "reproduced": report.reproduced,
        "verdict": report.verdict,
        "limits_hit": list(report.limits_hit),
        "release": report.release_version,
        "asked": report.asked,
        "note": report.obstacle,
        "results": [
            {
                "exit_code": result.outcome.exit_code,
                "seconds": result.outcome.seconds,
                "showing": result.showing,
                "limits_hit": list(result.limits_hit),
            }
            for result in report.results
        ],
    }


def _as_words(report: Report) -> str:
    told = in_words(
        release=report.release_version,
        asked=report.asked,
        reproduced=report.reproduced,
        verdict=report.verdict,
        limits_hit=report.limits_hit,
    )
    return f"{report.verdict.replace('_', ' ')}: {told}"
