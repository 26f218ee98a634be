"""What varies in a message: each value that is a number, an address, an id, a path or a moment becomes `<*>`.

The skeleton that stays is what a person would recognise as "the same line". Nothing here knows a product.
Every pattern is bounded or possessive: the cost is linear in the length of the message.
"""

import re
from functools import lru_cache

SLOT = "<*>"

_WHOLE = re.compile(
    r"""
      (?P<masked><[a-z]{2,8}-(?:\d{1,9}|more)>)
    | (?P<quoted>"[^"\n]{0,400}"|(?<![\w])'[^'\n]{1,200}'(?![\w]))
    | (?P<url>\b[a-z][a-z0-9+.-]{1,20}://[^\s"'<>()\[\]{},;]++)
    | (?P<mail>[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6})
    | (?P<uuid>\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b)
    | (?P<colons>(?<![\w:])(?=[0-9a-fA-F:]*[0-9])(?:[0-9a-fA-F]{0,4}:){3,32}[0-9a-fA-F]{0,4}(?![\w:]))
    | (?P<moment>(?:\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),?[ ]+)?\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)
        [ ]{1,2}\d{1,2}[ ]\d\d:\d\d:\d\d(?:[ ][A-Z]{3,4})?(?:[ ]\d{4})?)
    | (?P<path>(?<![\w/.<])(?:[A-Za-z]:)?(?:[/\\]{1,2}[\w.@%+~$=<*>-]{1,120}){2,40}[/\\]?
        |(?<![\w/.<>])/[\w.@%+~$-]{3,120}/?)
    | (?P<hex>\b0[xX][0-9a-fA-F]++)
    | (?P<word>[\w$][\w$.@-]*+(?:/[\w$.@-]++)*+)
    """,
    re.VERBOSE,
)
_DIGITS = re.compile(r"\d++")
_HEX_ID = re.compile(r"(?=[a-fA-F]*\d)(?=\d*[a-fA-F])[0-9a-fA-F]{6,128}")
_MONTH = re.compile(r"\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[ ]")
_TO_ZERO = bytes.maketrans(b"123456789", b"000000000")
_REMEMBERED = 80  # characters of a word
_SIGN = re.compile(r"[-+](?<![\w>)\]][-+])(?=<\*>)")
_VERB = re.compile(r"[A-Z]{3,10} (?=\S)")
_ABOUT = re.compile(r"(?<![\w<>*])[<>~]<\*> ?(?:[mun\u00b5]?s|secs?|seconds?|min|mins|minutes?|h|hours?|[KMGT]i?B)\b")
_RUNS = re.compile(r"<\*>(?:[ \t]*[,;:|#./x+-]?[ \t]*<\*>(?![\w]))++")
_UNIT = re.compile(r"<\*> ?(?:[KMGTP]i?)?B\b")
_NAMED = re.compile(r"=(?:[A-Za-z_$][\w$]{0,60}(?:\.[\w$]{1,60}){1,12}(?![\w.(])|\"[^\"\n]{1,200}\"(?!\w))")
_EMPTY = re.compile(r"(?<=[ =:])\(\)")


def mask(message: str) -> str:
    """The skeleton of one message. Runs of values (lists, versions, matrices) count as one."""
    message = _zeroed(message)
    shape = _values(message) if _spans_words(message) else _of_words(message.split(" "))
    if "<<" in shape or "~<" in shape or "><" in shape:
        shape = _ABOUT.sub(SLOT, shape)
    if "-<" in shape or "+<" in shape:
        shape = _SIGN.sub("", shape)
    if "=" in shape:
        shape = _NAMED.sub(f"={SLOT}", shape)
    if "B" in shape:
        shape = _UNIT.sub(SLOT, shape)
    if "()" in shape:
        shape = _EMPTY.sub(f"({SLOT})", shape)
    return _RUNS.sub(SLOT, shape).strip()


def _zeroed(message: str) -> str:
    """Every digit 0: no rule asks which digit it is, and the same words come more often. Only `0x` is not made up."""
    zeroed = message.encode("utf-8", "surrogatepass").translate(_TO_ZERO).decode("utf-8", "surrogatepass")
    return message if zeroed.count("0x") != message.count("0x") or zeroed.count("0X") != message.count("0X") else zeroed


def _spans_words(message: str) -> bool:
    """Whether a value may hold a blank: only a quotation or a moment does. Without them each word stands for itself."""
    return '"' in message or "'" in message or (message.count(":") > 1 and _MONTH.search(message) is not None)


def _of_words(words: list[str]) -> str:
    if max(map(len, words)) <= _REMEMBERED:
        return " ".join(map(_known_word, words))
    return " ".join([_known_word(word) if len(word) <= _REMEMBERED else _values(word) for word in words])


def _values(text: str) -> str:
    return text if text.isalpha() else _WHOLE.sub(_replace, text)


_known_word = lru_cache(maxsize=65_536)(_values)  # the words of a log come again and again


def _replace(found: re.Match[str]) -> str:
    kind = found.lastgroup
    text = found.group()
    if kind == "word":
        return text if text.isalpha() else _word(text)
    if kind == "quoted":
        return _quoted(text)
    return SLOT


def _quoted(text: str) -> str:
    """A quotation with figures is a value; the verb that a request begins with (RFC 9112 §3) stays."""
    if not _DIGITS.search(text):
        return text
    verb = _VERB.match(text, 1)
    return f"{text[0]}{verb.group() if verb else ''}{SLOT}{text[-1]}"


def _word(text: str) -> str:
    stripped = text.rstrip(".-")
    tail = text[len(stripped) :]
    if "/" in stripped and ("." in stripped or stripped.count("/") > 1 or _DIGITS.search(stripped)):
        return SLOT + tail
    if not _DIGITS.search(stripped):
        return text
    if stripped.isdigit() or _HEX_ID.fullmatch(stripped):
        return SLOT + tail
    return _mixed(stripped) + tail


def _mixed(text: str) -> str:
    """Letters with digits: a name with one number keeps its letters (eth<*>), anything wilder is an id or a host."""
    shape = _DIGITS.sub(SLOT, text).replace(f"_-{SLOT}", f"_{SLOT}")  # an id may be below zero
    if shape.count(SLOT) > 1 or shape.count(".") > 1:
        return SLOT
    return shape
