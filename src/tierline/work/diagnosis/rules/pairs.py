"""Secrets in pairs of name and value, as HAR files and other JSON have them: `{"name": "Cookie", "value": "sid=…"}`.

A pair may stand over several lines, and a file is read in pieces: what was begun is remembered from piece to piece.
Inside of a list `cookies` every value is one. Each text between quotation marks is taken whole, so that nothing in it
is mistaken for an end.
"""

import re
from collections.abc import Callable

_MARKS = ('"value"', '"name"', '"cookies"')
_APART = 200  # characters between a name and its value that make them no pair
_TOKEN = re.compile(
    r'"(?P<key>cookies|name|value)"\s{0,60}:\s{0,60}(?:(?P<list>\[)|"(?P<text>(?:[^"\\\n]|\\.)*+)"?)'
    r'|"(?:[^"\\\n]|\\.)*+"|(?P<end>\])|(?P<object>[{}])'
)


class PairFilter:
    """Feed whole lines; `wanted` says of a name whether its value is a secret, `name` gives the secret its mask."""

    def __init__(self, wanted: Callable[[str], bool], name: Callable[[str], str], *, cookies: bool = False) -> None:
        self._wanted = wanted
        self._name = name
        self._cookies = cookies
        self._in_cookies = False
        self._last = ""

    def feed(self, text: str) -> str:
        """The text without the values that are secrets, with as many lines."""
        if not self._in_cookies and not any(mark in text for mark in _MARKS):
            if len(text) > _APART or "{" in text or "}" in text:
                self._last = ""
            return text
        return _TOKEN.sub(self._token, text)

    def close(self) -> str:
        """Nothing waits; the next file begins afresh."""
        self._in_cookies, self._last = False, ""
        return ""

    def _token(self, found: re.Match[str]) -> str:
        key, said = found["key"], found["text"]
        if found["object"]:
            self._last = ""
        elif found["end"]:
            self._in_cookies = False
        elif key == "cookies" and found["list"]:
            self._in_cookies = self._cookies
        elif key == "name" and said is not None:
            self._last = said.lower()
        elif key == "value" and said and self._is_secret(said):
            return found[0].replace(f'"{said}', f'"{self._name(said)}', 1)
        return found[0]

    def _is_secret(self, said: str) -> bool:
        if said.startswith("<") and said.endswith(">"):
            return False  # masked already
        return self._in_cookies or (bool(self._last) and self._wanted(self._last))
