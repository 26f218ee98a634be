"""The path map as a picture: groups on their tiers, ways between them, and the end. Pure geometry in SVG units.

Thickness is tickets, loudness is the median wait before the next group began.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

TIERS = 5
WIDTH, BAND, TOP = 1200, 112, 8
BOX_WIDTH, BOX_HEIGHT = 156, 40
FIRST_X, LAST_X = 250, 910
SOLVED_X = 1054
THICKEST, THINNEST = 56.0, 1.4
HOUR = 3600
LABEL_ROOM = 14


@dataclass(frozen=True, kw_only=True)
class Group:
    """A group with its tickets; `tier` decides the row."""

    key: int
    name: str
    tier: int
    tickets: int


@dataclass(frozen=True, kw_only=True)
class Way:
    """Tickets that went from one group to another; `wait` in seconds, None when nobody has begun."""

    start: int
    end: int
    tickets: int
    wait: float | None


@dataclass(frozen=True, kw_only=True)
class Box:
    group: Group
    x: int
    y: int

    @property
    def middle(self) -> int:
        return self.y + BOX_HEIGHT // 2

    @property
    def right(self) -> int:
        return self.x + BOX_WIDTH


@dataclass(frozen=True, kw_only=True)
class Line:
    """One way as it is drawn: a path, its width, how loud it is, and where its words stand."""

    way: Way
    path: str
    width: float
    loud: int
    words_x: int
    words_y: int
    anchor: str = "mid"


@dataclass(frozen=True, kw_only=True)
class FlowPicture:
    height: int
    rungs: tuple[int, ...]
    labels: tuple[tuple[int, int], ...]
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    river_x: float
    river_width: float
    river_y: int
    solved_y: int
    solved_height: int


def picture(groups: Sequence[Group], ways: Iterable[Way], *, solved: int, total: int) -> FlowPicture:
    """Place the groups by tier and draw every way between them; `solved` is the key that stands for the end."""
    boxes = {box.group.key: box for box in _boxes([group for group in groups if group.key != solved])}
    scale = THICKEST / max(total, 1)
    lines = _lines(boxes, list(ways), solved, scale)
    ground = TOP + TIERS * BAND
    entry = min((box for box in boxes.values() if box.group.tier == 0), key=lambda box: box.x, default=None)
    width = max(total * scale, THINNEST) if total else 0.0
    middles = [box.middle for box in boxes.values()] or [ground]
    return FlowPicture(
        height=ground + 44,
        rungs=tuple(_foot(tier) for tier in range(TIERS)),
        labels=tuple((tier, _foot(tier) - BAND // 2) for tier in range(TIERS)),
        boxes=tuple(boxes.values()),
        lines=tuple(lines),
        river_x=(entry.x + BOX_WIDTH / 2 if entry else FIRST_X) - width / 2,
        river_width=width,
        river_y=(entry.y + BOX_HEIGHT) if entry else ground,
        solved_y=min(middles) - 24,
        solved_height=max(middles) - min(middles) + 48,
    )


def loudness(wait: float | None) -> int:
    """0 under an hour, 1 up to four hours, 2 above. Red is kept for breaches, which a median cannot show."""
    if wait is None or wait < HOUR:
        return 0
    return 1 if wait < 4 * HOUR else 2


def _foot(tier: int) -> int:
    return TOP + (TIERS - tier) * BAND


def _boxes(groups: Sequence[Group]) -> Iterable[Box]:
    for tier in range(TIERS):
        row = sorted((group for group in groups if group.tier == tier), key=lambda group: (-group.tickets, group.name))
        step = (LAST_X - FIRST_X) // max(len(row), 3)
        for place, group in enumerate(row):
            yield Box(group=group, x=FIRST_X + place * step, y=_foot(tier) - BAND // 2 - BOX_HEIGHT // 2)


def _lines(boxes: dict[int, Box], ways: Sequence[Way], solved: int, scale: float) -> Iterable[Line]:
    """The widest first, so that narrow ways are drawn over broad ones."""
    for way in sorted(ways, key=lambda way: -way.tickets):
        start = boxes.get(way.start)
        if start is None:
            continue
        width = max(way.tickets * scale, THINNEST)
        if way.end == solved:
            yield _to_the_end(way, start, boxes.values(), width)
        elif way.end in boxes:
            end = boxes[way.end]
            yield _aside(way, start, end, width) if start.y == end.y else _between(way, start, end, width)


def _to_the_end(way: Way, start: Box, boxes: Iterable[Box], width: float) -> Line:
    """Straight to the right; a group with others beside it passes over their heads."""
    beside = [box for box in boxes if box.y == start.y and box.x > start.x]
    if not beside:
        y = start.middle
        path = f"M{start.right} {y}H{SOLVED_X}"
    else:
        y = start.y - 12 - 10 * (len(beside) - 1)
        x = start.right - 30
        path = f"M{x} {start.y}V{y + 8}Q{x} {y} {x + 8} {y}H{SOLVED_X}"
    above = int(y - width / 2 - 6)
    return Line(way=way, path=path, width=width, loud=0, words_x=SOLVED_X - 100, words_y=above, anchor="")


def _between(way: Way, start: Box, end: Box, width: float) -> Line:
    """A climb leaves on the left half of a box and a return on the right half, so that the two can be told apart."""
    climbs = end.y < start.y
    share = 0.36 if climbs else 0.64
    x1, x2 = start.x + BOX_WIDTH * share, end.x + BOX_WIDTH * share
    y1, y2 = (start.y, end.y + BOX_HEIGHT) if climbs else (start.y + BOX_HEIGHT, end.y)
    bend = (y1 + y2) / 2
    path = f"M{x1:.0f} {y1}C{x1:.0f} {bend:.0f} {x2:.0f} {bend:.0f} {x2:.0f} {y2}"
    beside = width / 2 + 8
    words_x = (x1 + x2) / 2 + (beside if not climbs else -beside)
    return Line(
        way=way,
        path=path,
        width=width,
        loud=loudness(way.wait),
        words_x=int(words_x),
        words_y=int(bend) + (LABEL_ROOM if climbs else -2),
        anchor="end" if climbs else "",
    )


def _aside(way: Way, start: Box, end: Box, width: float) -> Line:
    """Between two groups of one tier: forth over the line of boxes, back under it."""
    forth = end.x > start.x
    x1, x2 = (start.right, end.x) if forth else (start.x, end.right)
    lift = -18 if forth else 18
    y = start.middle
    path = f"M{x1} {y}C{(x1 + x2) // 2} {y + lift} {(x1 + x2) // 2} {y + lift} {x2} {y}"
    return Line(
        way=way,
        path=path,
        width=width,
        loud=loudness(way.wait),
        words_x=(x1 + x2) // 2,
        words_y=y + lift + (-4 if forth else LABEL_ROOM),
    )
