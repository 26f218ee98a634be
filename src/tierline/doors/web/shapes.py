"""What the components take: small frozen values that a page fills from the rooms' queries."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

Tone = Literal["", "good", "warn", "bad", "hold"]
RungState = Literal["done", "now", "ahead", "skipped"]


@dataclass(frozen=True)
class Line:
    """One line of words, with an address when it leads somewhere."""

    text: str
    href: str = ""


@dataclass(frozen=True)
class Rung:
    """One rung of the ladder rail: a tier, who stands there, and what it owes.

    ``remark`` is the quiet word beside the name ("now", "41 min"); ``share`` (0 to 1) draws the clock's bar;
    ``ready`` and ``half`` of ``items`` draw the contract's segments.
    """

    tier: int
    state: RungState
    remark: str = ""
    lines: Sequence[Line] = ()
    share: float | None = None
    share_words: str = ""
    ready: int = 0
    half: int = 0
    items: int = 0


@dataclass(frozen=True)
class ReceiptRow:
    """One amount and the rule behind it."""

    amount: str
    words: str
    total: bool = False


@dataclass(frozen=True)
class Receipt:
    """The panel behind *why*: amounts, one rule each, the sum. ``definition`` says what the figure means."""

    title: str
    rows: Sequence[ReceiptRow] = ()
    definition: str = ""


@dataclass(frozen=True)
class Clock:
    """A running or finished clock. ``share`` is the used part (1 = all, more when late)."""

    label: str
    words: str
    share: float = 0.0
    tone: Tone = ""
    why: Receipt | None = None
    finished: bool = False


@dataclass(frozen=True)
class Bar:
    """One mark of a chart: its words, its value, the list it counts; `part` of the value is drawn as bad."""

    label: str
    value: float
    words: str = ""
    href: str = ""
    tone: str = ""
    part: float = 0


@dataclass(frozen=True)
class Pager:
    """Keyset paging: addresses of the next and the first page, and how many are on this one."""

    shown: int
    next_href: str = ""
    first_href: str = ""


@dataclass(frozen=True)
class View:
    """One saved view or tab, with its honest count."""

    label: str
    href: str
    count: str = ""
    current: bool = False
    key: str = ""


@dataclass(frozen=True)
class Entry:
    """One place of the main navigation."""

    label: str
    href: str
    icon: str
    section: str
    key: str = ""


@dataclass(frozen=True)
class Told:
    """A message to the person after a verb: what happened, what was kept, what to do."""

    text: str
    tone: Tone = ""
    kept: str = ""
    todo: str = ""
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Here:
    """Somebody who looks at the same page now, or writes on it."""

    name: str
    writing: bool = False
