"""The template miner: messages in, templates out; streaming, with memory bounded by the number of templates.

Three steps, each cheaper than the next is rare: a message whose digits-to-zero form was seen is looked up; a new form
is masked to its skeleton; skeletons are folded into templates when the stream ends or the table is full.
"""

import hashlib
import re
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from operator import eq

from tierline.work.diagnosis.rules.folding import Row, Thresholds, fold
from tierline.work.diagnosis.rules.headers import HeaderReader
from tierline.work.diagnosis.rules.masks import SLOT, mask

_TOKEN = re.compile(r"""(\t*)([^\s=:,;()\[\]{}"'|]+|[=:,;()\[\]{}"'|]|\s)""")
_TO_ZERO = bytes.maketrans(b"123456789", b"000000000")
# An id that stands alone: it is masked whatever it is, so that a number in its place makes the same skeleton.
_ID = re.compile(
    r"(?<![^\s=])(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|(?=[a-f]{0,128}\d)(?=\d{0,128}[a-f])[0-9a-f]{6,128})"
    r"(?![^\s,;)\]])"
)
_MAY_HOLD_ID = re.compile(rb"[a-f]0|0[a-f]")  # in a form
_MAX_TOKENS = 400
_REMEMBERED = 1_000  # characters of a skeleton
OTHER = "(lines of many forms)"
BLANK = "(blank line)"


@dataclass(frozen=True, slots=True)
class Template:
    """One form of line: its text with `<*>` for values, an id that depends on the text alone, and how often it came."""

    id: str
    text: str
    count: int
    first: int


def template_id(text: str) -> str:
    """The same text has the same id in every file, version and machine."""
    return "t" + hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()


def split(skeleton: str) -> tuple[Row, tuple[bool, ...]]:
    """Words of a skeleton and whether white space stands before each; a valued word repeated counts once."""
    tokens = _known_tokens if len(skeleton) <= _REMEMBERED else _tokens
    found = list(chain.from_iterable(map(tokens, skeleton.split(" "))))
    if not found:
        return (), ()
    gaps, words = zip(*found, strict=True)
    if len(words) > _MAX_TOKENS or any(map(eq, words, words[1:])) or not skeleton.isprintable():
        found = _without_repeats(found)[:_MAX_TOKENS]
        gaps, words = zip(*found, strict=True) if found else ((), ())
    return words, gaps


def _tokens(text: str) -> tuple[tuple[bool, str], ...]:
    """The pieces of what stands between two blanks; the first has white space before it."""
    return tuple([(at == 0 or bool(gap), word) for at, (gap, word) in enumerate(_TOKEN.findall(text))])


_known_tokens = lru_cache(maxsize=8_192)(_tokens)  # the words of a log come again and again


def _without_repeats(found: Iterable[tuple[bool, str]]) -> list[tuple[bool, str]]:
    """Gaps and words without stray white space, and without the repeats of a word that holds a value."""
    kept: list[tuple[bool, str]] = []
    for gap, word in found:
        if not (word.isspace() or (kept and word == kept[-1][1] and SLOT in word)):
            kept.append((gap, word))
    return kept


def render(words: Row, gaps: tuple[bool, ...]) -> str:
    """Words back to text."""
    return "".join([f" {word}" if gap else word for word, gap in zip(words, gaps, strict=True)]).strip()


def _form(message: str) -> bytes:
    """The message with every digit 0 and runs of zeros shortened: messages of one form have one skeleton."""
    form = message.encode("utf-8", "surrogatepass").translate(_TO_ZERO)
    return form.replace(b"0000", b"0").replace(b"000", b"0").replace(b"00", b"0")


class TemplateMiner:
    """Feed messages with `add`; `settle` gives the templates and, for each number that `add` returned, its template."""

    def __init__(
        self, *, max_skeletons: int = 20_000, max_cached: int = 100_000, thresholds: Thresholds | None = None
    ) -> None:
        self._thresholds = thresholds or Thresholds()
        self._max_skeletons = max_skeletons
        self._max_cached = max_cached
        self._cache: dict[bytes, int] = {}
        self._rows: dict[Row, int] = {}
        self._gaps: list[tuple[bool, ...]] = []
        self.counts = array("Q")
        self._first = array("Q")
        self._seen = 0

    def add(self, message: str, line: int | None = None) -> int:
        """Count one message (of line number `line`, else numbered as it comes); the number is for `settle`."""
        self._seen += 1
        number = self.number_of(message, line or self._seen)
        self.counts[number] += 1
        return number

    def number_of(self, message: str, line: int) -> int:
        """The number of a message of line number `line`, without counting it: `counts` holds how often each came."""
        form = _form(message)
        number = self._cache.get(form)
        if number is None:
            may_hold_id = _MAY_HOLD_ID.search(form) is not None
            number = self._unseen(message, line) if may_hold_id else self._skeleton_of(message, line)
            if len(self._cache) >= self._max_cached:
                self._cache.clear()
            self._cache[form] = number
        return number

    def count(self, numbers: Iterable[int]) -> None:
        """Count one more message of each of these numbers."""
        for number, many in Counter(numbers).items():
            self.counts[number] += many

    def _unseen(self, message: str, line: int) -> int:
        """A form that is not in the table: often only an id is another one, and masking is saved."""
        without = _ID.sub("0", message)
        if without == message:
            return self._skeleton_of(message, line)
        alike = _form(without)
        number = self._cache.get(alike)
        if number is None:
            number = self._cache[alike] = self._skeleton_of(message, line)
        return number

    def _skeleton_of(self, message: str, line: int) -> int:
        words, gaps = split(mask(message))
        number = self._rows.get(words)
        if number is not None:
            self._gaps[number] = min(self._gaps[number], gaps)
            return number
        if len(self._rows) >= self._max_skeletons:
            words, gaps = (OTHER,), (False,)
            if words in self._rows:
                return self._rows[words]
        self._rows[words] = number = len(self._gaps)
        self._gaps.append(gaps)
        self.counts.append(0)
        self._first.append(line)
        return number

    def settle(self) -> tuple[list[Template], list[int]]:
        """Templates by first appearance, and for each skeleton number the place of its template in that list."""
        rows = list(self._rows)
        shapes = fold(rows, self._thresholds)
        best: dict[Row, tuple[bool, ...]] = {}
        for shape, gaps in zip(shapes, self._gaps, strict=True):
            best[shape] = min(best.get(shape, gaps), gaps)
        texts = [render(shape, best[shape]) or BLANK for shape in shapes]
        counts: dict[str, int] = {}
        first: dict[str, int] = {}
        for text, count, seen in zip(texts, self.counts, self._first, strict=True):
            counts[text] = counts.get(text, 0) + count
            first[text] = min(first.get(text, seen), seen)
        order = sorted(counts, key=lambda text: first[text])
        place = {text: at for at, text in enumerate(order)}
        found = [Template(template_id(text), text, counts[text], first[text]) for text in order]
        return found, [place[text] for text in texts]


class LineMiner:
    """Feeds whole lines of one file to a miner: lines that differ in figures only are looked up, header and all."""

    def __init__(self, miner: TemplateMiner, *, max_cached: int = 100_000) -> None:
        self._miner = miner
        self._headers = HeaderReader()
        self._max_cached = max_cached
        self._numbers: dict[bytes, int] = {}
        self._seen = 0

    def feed(self, lines: Sequence[str]) -> list[int]:
        """Count the next lines; for each the number that stands for it in the miner's `settle`."""
        forms = _zeroed_lines(lines)
        if len(self._numbers) > self._max_cached:
            self._numbers.clear()
        firsts = dict(zip(reversed(forms), range(len(forms) - 1, -1, -1), strict=True))
        for at in sorted(firsts[form] for form in firsts.keys() - self._numbers.keys()):
            message = self._headers.read(lines[at]).message(lines[at])
            self._numbers[forms[at]] = self._miner.number_of(message, self._seen + at + 1)
        numbers = list(map(self._numbers.__getitem__, forms))
        self._miner.count(numbers)
        self._seen += len(lines)
        return numbers


def _zeroed_lines(lines: Sequence[str]) -> list[bytes]:
    """Each line with every digit 0, made of all of them at once."""
    forms = "\n".join(lines).encode("utf-8", "surrogatepass").translate(_TO_ZERO).split(b"\n")
    if len(forms) != len(lines):  # none, or one that holds a line feed
        return [line.encode("utf-8", "surrogatepass").translate(_TO_ZERO) for line in lines]
    return forms


def group_lines(lines: Sequence[str]) -> list[str]:
    """The template id of each line, in order."""
    miner = TemplateMiner()
    numbers = LineMiner(miner).feed(lines)
    templates, place = miner.settle()
    return [templates[place[number]].id for number in numbers]
