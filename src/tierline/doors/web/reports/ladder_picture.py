"""The ladder as a picture: issues climb and narrow, proven lessons come down. Pure geometry in SVG units."""

from collections.abc import Sequence
from dataclasses import dataclass

TIERS = 5
BEND = 10  # the inner radius of the bend that leads a solved stream out of the river
THINNEST = 1.6  # a stream that exists stays visible
THREAD = 5.5  # the room of one lesson on its bar
MOST_THREADS = 16  # more are drawn as this many; the words tell the number


@dataclass(frozen=True, kw_only=True)
class TierFigures:
    """Tickets that reached a tier, that it solved, and that it sent back."""

    tier: int
    reached: int
    solved: int
    sent_back: int = 0


@dataclass(frozen=True, kw_only=True)
class LessonFigures:
    """Lessons from one tier to a lower one: measured and kept, or still on their way."""

    from_tier: int
    to_tier: int
    proven: int
    under_way: int


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The room of a picture: `band` is a tier's height, `river` the widest the river may be."""

    width: int
    band: int
    top: int
    river_x: int
    river: int
    solved_to: int
    lessons_x: int

    @property
    def ground(self) -> int:
        """Where the lowest tier stands."""
        return self.top + TIERS * self.band

    def foot(self, tier: int) -> int:
        """The rung a tier stands on."""
        return self.ground - tier * self.band

    def middle(self, tier: int) -> int:
        return self.foot(tier) - self.band // 2


BROAD = Layout(width=1200, band=104, top=22, river_x=262, river=190, solved_to=590, lessons_x=776)
NARROW = Layout(width=358, band=112, top=22, river_x=1, river=118, solved_to=166, lessons_x=0)


@dataclass(frozen=True, kw_only=True)
class Band:
    """One tier of the picture; `climb` is the width that goes on upwards, `bend` the path of what is solved here."""

    tier: int
    foot: int
    middle: int
    climb: float
    climb_y: int
    bend: str
    bend_width: float
    figures: TierFigures


@dataclass(frozen=True, kw_only=True)
class Thread:
    path: str
    proven: bool


@dataclass(frozen=True, kw_only=True)
class Strand:
    """The lessons that arrive at one tier: their threads, the bar they end on, and where their words stand."""

    to_tier: int
    bar_x: float
    bar_width: float
    bar_y: int
    threads: tuple[Thread, ...]
    words_x: float
    words_y: int
    proven: int
    under_way: int


@dataclass(frozen=True, kw_only=True)
class Picture:
    layout: Layout
    river: float
    came_in: int
    bands: tuple[Band, ...]
    strands: tuple[Strand, ...] = ()


def picture(figures: Sequence[TierFigures], lessons: Sequence[LessonFigures], layout: Layout) -> Picture:
    """The picture of five tiers, lowest first in `figures`. Widths are tickets, on one scale."""
    came_in = figures[0].reached
    scale = _scale(figures, layout)
    bands = tuple(_band(one, figures, scale, layout) for one in reversed(figures))
    strands = tuple(_strands(lessons, layout)) if layout.lessons_x else ()
    return Picture(layout=layout, river=_width(came_in, scale), came_in=came_in, bands=bands, strands=strands)


def _scale(figures: Sequence[TierFigures], layout: Layout) -> float:
    """Units a ticket: the river fits its bed and the broadest bend fits its band."""
    most = max((one.solved for one in figures), default=0)
    by_river = layout.river / max(figures[0].reached, 1)
    by_bend = (layout.band - 2 * BEND) / max(most, 1)
    return min(by_river, by_bend)


def _band(one: TierFigures, figures: Sequence[TierFigures], scale: float, layout: Layout) -> Band:
    above = figures[one.tier + 1].reached if one.tier + 1 < len(figures) else 0
    climb, solved = _width(above, scale), _width(one.solved, scale)
    foot, middle = layout.foot(one.tier), layout.middle(one.tier)
    x = layout.river_x + climb + solved / 2
    radius = solved / 2 + BEND
    bend = (
        f"M{x:.1f} {foot}V{middle + radius:.1f}A{radius:.1f} {radius:.1f} 0 0 1 {x + radius:.1f} {middle}"
        f"H{layout.solved_to}"
    )
    return Band(
        tier=one.tier,
        foot=foot,
        middle=middle,
        climb=climb,
        climb_y=foot - layout.band,
        bend=bend if one.solved else "",
        bend_width=solved,
        figures=one,
    )


def _strands(lessons: Sequence[LessonFigures], layout: Layout) -> list[Strand]:
    """From the top downwards, each bar a little to the right of the one above it."""
    strands: list[Strand] = []
    centre = {TIERS - 1: float(layout.lessons_x)}
    before = THREAD * 2
    for to_tier in range(TIERS - 2, -1, -1):
        arriving = [one for one in lessons if one.to_tier == to_tier]
        count = min(sum(one.proven + one.under_way for one in arriving), MOST_THREADS)
        room = max(count, 2) * THREAD
        centre[to_tier] = centre[to_tier + 1] + before / 2 + room / 2 + THREAD * 2
        before = room
        if count:
            strands.append(_strand(to_tier, arriving, centre, room, layout))
    return strands


def _strand(
    to_tier: int, arriving: Sequence[LessonFigures], centre: dict[int, float], room: float, layout: Layout
) -> Strand:
    proven, under_way = sum(one.proven for one in arriving), sum(one.under_way for one in arriving)
    ends = [(one.from_tier, True) for one in arriving for _ in range(one.proven)]
    ends += [(one.from_tier, False) for one in arriving for _ in range(one.under_way)]
    ends = ends[:MOST_THREADS]
    middle = layout.middle(to_tier)
    left = centre[to_tier] - room / 2
    threads = []
    for place, (from_tier, kept) in enumerate(ends):
        start = centre[from_tier] + (place - (len(ends) - 1) / 2) * THREAD * 0.6
        end = left + THREAD / 2 + place * room / max(len(ends), 1)
        top, bottom = layout.middle(from_tier) + 5, middle - 5
        half = (top + bottom) // 2
        threads.append(
            Thread(path=f"M{start:.1f} {top}C{start:.1f} {half} {end:.1f} {half} {end:.1f} {bottom}", proven=kept)
        )
    return Strand(
        to_tier=to_tier,
        bar_x=left,
        bar_width=room,
        bar_y=middle - 5,
        threads=tuple(threads),
        words_x=left + room + 16,
        words_y=middle - layout.band // 2 + 4,
        proven=proven,
        under_way=under_way,
    )


def _width(count: int, scale: float) -> float:
    return max(count * scale, THINNEST) if count else 0.0
