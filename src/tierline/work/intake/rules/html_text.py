"""HTML mail to readable plain text: one pass, no regular expression that can run away."""

import html
import re

_TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]*)")
_NO_MARKUP = re.compile(r"(?:<(?![a-zA-Z!?/])[^<]*+)++")
_SPACES = re.compile(r"[ \t\r\n\f\xa0]+")
_SKIPPED = {"script", "style", "head", "title", "template", "noscript", "svg", "math"}
_BREAKING = {
    "p", "div", "br", "tr", "table", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "pre",
    "blockquote", "section", "article", "header", "footer", "address", "dl", "dt", "dd", "body",
}  # fmt: skip
_APART = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "table", "pre"}
MAX_QUOTE = 10


class _Writer:
    """Collects lines; knows quote depth and whether white space counts."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.line: list[str] = []
        self.quote = 0
        self.preformatted = 0

    def text(self, raw: str) -> None:
        if not raw:
            return
        text = html.unescape(raw) if "&" in raw else raw
        if self.preformatted:
            first, *others = text.split("\n")
            self.line.append(first)
            for other in others:
                self.end_line()
                self.line.append(other)
            return
        text = _SPACES.sub(" ", text)
        if not self.line:
            text = text.lstrip()
        if text:
            self.line.append(text)

    def end_line(self, *, always: bool = False) -> None:
        text = "".join(self.line).rstrip()
        self.line = []
        if text or always or self.preformatted:
            self.lines.append("> " * min(self.quote, MAX_QUOTE) + text)

    def gap(self) -> None:
        self.end_line()
        if self.lines and self.lines[-1].strip("> "):
            self.lines.append(("> " * min(self.quote, MAX_QUOTE)).rstrip())

    def tag(self, name: str, *, closing: bool) -> None:
        if name == "blockquote" and closing:
            self.end_line()
            self.quote = max(0, self.quote - 1)
        if name in _BREAKING:
            if name in _APART:
                self.gap()
            else:
                self.end_line(always=name == "br")
        if name == "blockquote" and not closing:
            self.quote += 1
        elif name == "pre":
            self.preformatted = max(0, self.preformatted + (-1 if closing else 1))
        elif name == "li" and not closing:
            self.line.append("- ")
        elif name in ("td", "th") and self.line:
            self.line.append(" ")

    def result(self) -> str:
        self.end_line()
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self.lines)).strip("\n")


def html_to_text(source: str) -> str:
    """The words of an HTML mail: block elements on lines of their own, quotes marked with `>`, no markup."""
    out, position = _Writer(), 0
    while True:
        start = source.find("<", position)
        if start < 0:
            out.text(source[position:])
            return out.result()
        out.text(source[position:start])
        position = _after_markup(source, start, out)
        if position < 0:
            return out.result()


def _after_markup(source: str, start: int, out: _Writer) -> int:
    """Handle the markup at `start`; where to go on, or -1 at the end."""
    if source.startswith("<!--", start):
        end = source.find("-->", start + 4)
        return end + 3 if end >= 0 else -1
    plain = _NO_MARKUP.match(source, start)
    if plain is not None:
        out.text(plain[0])
        return plain.end()
    tag = _TAG.match(source, start)
    end = source.find(">", start)
    if end < 0:
        return -1
    if tag is None:
        return end + 1
    name, closing = tag[1].lower(), source[start + 1] == "/"
    if name in _SKIPPED and not closing and source[end - 1] != "/":
        closed = re.compile(f"</{name}", re.IGNORECASE).search(source, end)
        return closed.start() if closed else -1
    out.tag(name, closing=closing)
    return end + 1
