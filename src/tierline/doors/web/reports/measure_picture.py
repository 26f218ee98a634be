"""A measure drawn to scale: its interval, its value and its target on one line. Pure geometry."""

from dataclasses import dataclass

LENGTH = 300.0
MARGIN = 0.12  # of the span that is shown, on both sides


@dataclass(frozen=True, kw_only=True)
class Range:
    """Positions on a line of `LENGTH` units."""

    low: float
    high: float
    at: float
    goal: float | None


def line(*, value: float, low: float, high: float, goal: float | None, floor: float, ceiling: float | None) -> Range:
    """Place value, interval and goal so that all are visible; `floor` and `ceiling` bound what can be at all."""
    marks = [value, low, high] + ([goal] if goal is not None else [])
    span = max(max(marks) - min(marks), abs(value) * 0.1, 1e-9)
    start = max(floor, min(marks) - span * MARGIN)
    end = max(marks) + span * MARGIN
    if ceiling is not None:
        end = min(end, ceiling)
    end = max(end, start + 1e-9)

    def place(mark: float) -> float:
        return round((mark - start) / (end - start) * LENGTH, 1)

    return Range(low=place(low), high=place(high), at=place(value), goal=None if goal is None else place(goal))
