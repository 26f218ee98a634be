"""From a ticket's text to an article's text: the requester's words, without quotes, greetings and secrets."""

import re
from collections.abc import Mapping

_QUOTE_LINE = re.compile(r"^\s*(>|\|)")
_QUOTE_START = re.compile(
    r"^\s*(on .{6,120} wrote:|am .{6,120} schrieb .{0,80}:|le .{6,120} a écrit\s*:|-{2,}\s*original message\s*-{2,}"
    r"|-{2,}\s*forwarded message\s*-{2,}|from: .+@.+)\s*$",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(r"^(-- ?|__+)$")
_GREETING = re.compile(
    r"^\s*(hi|hello|hey|dear|good (morning|afternoon|evening)|hallo|guten (tag|morgen)|bonjour)\b"
    r"[^.!?\n]{0,40}[,!.:]?\s*$",
    re.IGNORECASE,
)
_FAREWELL = re.compile(
    r"^\s*((best|kind|warm)?\s*regards|best wishes|many thanks|thanks( in advance)?|thank you|cheers|sincerely"
    r"|mit freundlichen grüßen|viele grüße)[,.!]*\s*$",
    re.IGNORECASE,
)

# Order matters: the most specific shape first, so that a key inside an address is masked as what it is.
_SECRETS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"-----BEGIN [A-Z ]+-----.*?(-----END [A-Z ]+-----|\Z)", re.DOTALL), "[key]"),
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}(\.[\w-]*)?"), "[token]"),
    (re.compile(r"\b(?:sk|pk|ghp|gho|xox[abp]|glpat|AKIA|whsec)[-_]?[A-Za-z0-9_-]{12,}"), "[token]"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9+/._~-]{8,}=*"), r"\1 [token]"),
    (
        re.compile(
            r"(?i)\b(pass(?:word|wd|phrase)?|pwd|secret|api[_ -]?key|token|pin|kennwort|passwort)\b"
            r"(\s*(?:is|ist|was|:|=)\s*)(?!(?:not|no|wrong|expired|refused|rejected|in(?:correct|valid)|required|asked"
            r"|being|never|always|still|nicht|falsch|abgelaufen)\b)(\"[^\"\n]+\"|'[^'\n]+'|\S+)"
        ),
        r"\1\2[secret]",
    ),
    (re.compile(r"(?i)(\b[a-z][a-z0-9+.-]*://)[^\s/@:]+:[^\s/@]+@"), r"\1[secret]@"),
    (re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,253}\.[A-Za-z]{2,}"), "[mail address]"),
    (re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b"), "[account]"),
    (re.compile(r"\b(?:\d[ -]?){13,19}\b"), "[number]"),
    (re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.])"), "[address]"),
    (re.compile(r"(?<![\w.+-])(?:\+\d{1,3}|0\d{2,4}|\(0?\d{2,5}\))(?:[ /()-]{1,2}\d{2,}){1,5}(?![\w.])"), "[phone]"),
)


def without_secrets(text: str) -> str:
    """`text` with keys, tokens, passwords, account and phone numbers, mail and network addresses masked.

    An article is read by many: it never carries what only one ticket may hold. Applying it twice changes nothing.
    """
    for pattern, mask in _SECRETS:
        text = pattern.sub(mask, text)
    return text


def in_requesters_words(text: str, limit: int = 2000) -> str:
    """The issue as the requester told it: no quotes, no signature, no greeting and no farewell, secrets masked.

    At most `limit` characters, cut at a line or a word.
    """
    kept: list[str] = []
    for line in text.splitlines():
        if _SIGNATURE.match(line) or _QUOTE_START.match(line):
            break
        if not (_QUOTE_LINE.match(line) or _GREETING.match(line) or _FAREWELL.match(line)):
            kept.append(line.rstrip())
    words = re.sub(r"\n{3,}", "\n\n", without_secrets("\n".join(kept))).strip()
    return _cut(words, limit)


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    edge = max(head.rfind("\n"), head.rfind(" "))
    return head[: edge if edge > limit // 2 else limit - 1].rstrip() + "…"


def environment_lines(facts: Mapping[str, object]) -> str:
    """The facts of a ticket as `key: value` lines in a stable order; empty and nested values are passed over."""
    lines = []
    for key in sorted(facts):
        value = facts[key]
        if isinstance(value, str | int | float) and not isinstance(value, bool) and str(value).strip():
            lines.append(f"{key.replace('_', ' ')}: {without_secrets(str(value).strip())}")
    return "\n".join(lines)


_STEP_MARK = re.compile(r"^\s*(?:\d{1,2}[.)]|[-*•])\s+")
_SENTENCE_END = re.compile(r"(?<=[.!?;])\s+")


def steps(resolution: str) -> tuple[str, ...]:
    """The steps of a resolution: its list items, or its sentences when it has no list."""
    lines = [line for line in resolution.splitlines() if line.strip()]
    marked = [_STEP_MARK.sub("", line).strip() for line in lines if _STEP_MARK.match(line)]
    if marked:
        return tuple(marked)
    return tuple(part.strip() for line in lines for part in _SENTENCE_END.split(line) if part.strip())
