"""The plain words of an own mail as HTML: the same words, with links one can click. Nothing is fetched, nothing runs.

No pictures, no style sheets, no addresses but those that stand in the text: a mail program shows it without asking.
"""

import re
from html import escape

_LINK = re.compile(r"(?P<words>[^:\n]{1,80}): (?P<address>https?://\S{1,2000})")
_PAGE = (
    '<!DOCTYPE html>\n<html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    '<meta name="color-scheme" content="light dark"></head>\n'
    '<body style="font: 16px/1.5 system-ui, sans-serif; max-width: 36em">\n{}\n</body></html>\n'
)


def as_html(text: str, ours: str) -> str:
    """Paragraphs at blank lines; a line `words: https://…` becomes its words as a link, if it leads to us (`ours`)."""
    parts = [part for part in text.replace("\r\n", "\n").split("\n\n") if part.strip()]
    return _PAGE.format("\n".join(f"<p>{_lines(part.strip(), ours)}</p>" for part in parts))


def _lines(part: str, ours: str) -> str:
    return "<br>\n".join(_line(line, ours) for line in part.split("\n"))


def _line(line: str, ours: str) -> str:
    found = _LINK.fullmatch(line.strip())
    if found is None or not found["address"].startswith(f"{ours}/"):
        return escape(line)
    return f'<a href="{escape(found["address"])}">{escape(found["words"])}</a>'
