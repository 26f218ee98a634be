"""The graph of skills as a picture: columns from the special to the general, links drawn between them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tierline.insight.staffing.queries.profiles import SkillRow

COLUMN, LINE = 220, 34
BOX_WIDTH, BOX_HEIGHT = 168, 26


@dataclass(frozen=True)
class Box:
    """A skill at its place."""

    id: int
    name: str
    x: int
    y: int
    holders: int


@dataclass(frozen=True)
class Way:
    """A link: a path from one box to another; `kind` is part_of or helps_with."""

    path: str
    kind: str
    words: str


@dataclass(frozen=True)
class Graph:
    """The picture, with its size in its own units."""

    boxes: Sequence[Box]
    ways: Sequence[Way]
    width: int
    height: int


def draw(rows: Sequence[SkillRow]) -> Graph:
    """The skills that are linked at all; each stands right of everything that leads to it."""
    linked = [row for row in rows if row.links or row.leads_here]
    depth = _depths(linked)
    boxes: dict[int, Box] = {}
    for column in range(max(depth.values(), default=-1) + 1):
        here = [row for row in linked if depth[row.skill.pk] == column]
        for place, row in enumerate(sorted(here, key=lambda one: (_height(one, boxes), one.skill.name))):
            x, y = column * COLUMN + 1, place * LINE + 2
            boxes[row.skill.pk] = Box(row.skill.pk, row.skill.name, x, y, len(row.holders))
    ways = [
        Way(_path(boxes[link.skill_id], boxes[link.toward_id]), link.kind, f"{row.skill.name}: {link.toward.name}")
        for row in linked
        for link in row.links
    ]
    width = max((box.x for box in boxes.values()), default=0) + BOX_WIDTH + 2
    height = max((box.y for box in boxes.values()), default=0) + BOX_HEIGHT + 2
    return Graph(list(boxes.values()), ways, width, height)


def _height(row: SkillRow, boxes: Mapping[int, Box]) -> float:
    """How high the skills stand on average that lead to one: links cross less often so."""
    above = [boxes[link.skill_id].y for link in row.leads_here if link.skill_id in boxes]
    return sum(above) / len(above) if above else 0.0


def _depths(rows: Sequence[SkillRow]) -> dict[int, int]:
    """For each skill the longest way that leads to it, in links; the graph has no cycles."""
    into = {row.skill.pk: [link.skill_id for link in row.leads_here] for row in rows}
    known: dict[int, int] = {}

    def depth(skill: int) -> int:
        if skill not in known:
            known[skill] = max((depth(one) + 1 for one in into.get(skill, ())), default=0)
        return known[skill]

    return {row.skill.pk: depth(row.skill.pk) for row in rows}


def _path(begin: Box, end: Box) -> str:
    x, y = begin.x + BOX_WIDTH, begin.y + BOX_HEIGHT // 2
    to_x, to_y = end.x, end.y + BOX_HEIGHT // 2
    bend = (COLUMN - BOX_WIDTH) // 2
    return f"M{x} {y}C{x + bend} {y} {to_x - bend} {to_y} {to_x} {to_y}"
