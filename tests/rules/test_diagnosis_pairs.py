"""HAR files and their like: secrets in pairs of name and value, in one line or over many, wherever they are cut."""

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierline.work.diagnosis.rules.redact import Redactor

SECRETS = ("31d4d96e407aad42", "hunter22!", "dXNlcjpwYXNzd29yZA==", "9f8e7d6c5b4a3210", "lang-of-hers", "uo]te")
HAR: dict[str, Any] = {
    "log": {
        "version": "1.2",
        "entries": [
            {
                "startedDateTime": "2026-11-23T10:04:02.118Z",
                "request": {
                    "method": "POST",
                    "headers": [
                        {"name": "Accept", "value": "text/html"},
                        {"name": "Cookie", "value": f"sid={SECRETS[0]}; theme=dark"},
                        {"name": "Authorization", "value": f"Basic {SECRETS[2]}"},
                        {"name": "X-Api-Key", "value": SECRETS[3]},
                    ],
                    "cookies": [
                        {"name": "sid", "value": SECRETS[0], "path": "/a]b", "expires": None, "tags": "x]"},
                        {"name": "lang", "value": SECRETS[4]},
                        {"name": "odd", "value": 'q"uo]te'},
                    ],
                    "postData": {
                        "params": [{"name": "password", "value": SECRETS[1]}, {"name": "user", "value": "bob"}]
                    },
                },
                "response": {"status": 200, "headers": [{"name": "Set-Cookie", "value": f"sid={SECRETS[0]}; Path=/"}]},
            }
        ],
    }
}


def shown(text: str, cut: int = 0) -> str:
    """Redacted in pieces of so many lines; 0: at once."""
    redactor = Redactor()
    lines = text.split("\n")
    step = cut or len(lines)
    pieces = ["\n".join(lines[at : at + step]) + "\n" for at in range(0, len(lines), step)]
    return ("".join(redactor.feed(piece) for piece in pieces) + redactor.finish()).removesuffix("\n")


@pytest.mark.parametrize("indent", [None, 0, 2, 4])
@pytest.mark.parametrize("cut", [0, 1, 2, 3, 7])
def test_no_secret_of_a_har_is_left_however_it_is_printed_and_cut(indent: int | None, cut: int) -> None:
    text = json.dumps(HAR, indent=indent)
    safe = shown(text, cut)
    assert [one for one in SECRETS if one in safe] == []
    assert safe.count("\n") == text.count("\n")
    assert "text/html" in safe
    assert '"bob"' in safe
    assert json.loads(safe)["log"]["entries"][0]["response"]["status"] == 200, "it stays JSON"


def test_one_cookie_has_one_name_and_each_class_its_own() -> None:
    redactor = Redactor()
    redactor.redact(json.dumps(HAR))
    assert redactor.counts()["cookie"] == 5
    assert redactor.counts()["password"] == 1
    assert redactor.counts()["token"] == 2


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "colour", "value": "green"}',
        '{"name": "Cookie", "other": 1} {"value": "not of the cookie"}',
        '"cookies": 12, "value": "x"',
        '{"value": "before", "name": "theme"}',
        'the "name" and the "value" of things',
        '{"name": "", "value": "nothing"}',
    ],
)
def test_other_pairs_stay(text: str) -> None:
    assert shown(text) == text


def test_after_the_list_of_cookies_values_are_values_again() -> None:
    safe = shown('{"cookies": [{"name": "a", "value": "b1b2b3"}], "rest": [{"name": "a", "value": "b1b2b3"}]}')
    assert safe.count("b1b2b3") == 1


def test_a_value_that_was_cut_goes_to_its_end() -> None:
    assert "geheim" not in shown('{"name": "Cookie", "value": "sid=geheim99')


@given(st.text(max_size=60), st.sampled_from(["", '"name":"Cookie",', '"cookies":[', "{", "]"]), st.text(max_size=60))
@settings(max_examples=80, deadline=None)
def test_lines_are_never_lost(before: str, middle: str, after: str) -> None:
    text = f'{before}{middle}"value":"{after}'
    assert shown(text).count("\n") == text.count("\n")


@pytest.mark.parametrize("unit", ['"value":"', '"name":"a","value":"b"', '"cookies":[', '"', '\\"', '"value"   :'])
def test_hostile_text_costs_time_in_proportion(unit: str) -> None:
    def cost(size: int) -> float:
        text = unit * (size // len(unit))
        began = time.process_time()
        shown(text)
        return time.process_time() - began

    small, large = cost(30_000), cost(120_000)
    assert large < max(0.8, small * 12)
