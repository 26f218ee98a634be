"""When each form of line came: counts by form and moment in bounded memory, and the few bars that are drawn of them."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

BARS = 18  # over the stretch of a file
HIGHEST = 9
_MOST_CELLS = 200_000
_STEP = 10  # times as coarse, when there are too many cells
_FORMS = 2**24  # more than any miner has

Counts = npt.NDArray[np.int64]


class FormTally:
    """Counts lines by form and moment; when that becomes too much, by coarser moments."""

    def __init__(self) -> None:
        self.step = 1  # seconds
        self.cells: dict[int, int] = {}  # step since 1970, times the number of forms, plus the form: how many lines

    def add(self, moments: Counts, forms: Counts) -> None:
        """Lines, each with its moment (seconds since 1970) and the number of its form; -1 is none."""
        known = forms >= 0
        cells, many = np.unique((moments[known] // self.step) * _FORMS + forms[known], return_counts=True)
        for cell, count in zip(cells.tolist(), many.tolist(), strict=True):
            self.cells[cell] = self.cells.get(cell, 0) + count
        while len(self.cells) > _MOST_CELLS and self.step < 10**9:
            self._coarsen()

    def _coarsen(self) -> None:
        self.step *= _STEP
        coarse: dict[int, int] = {}
        for cell, count in self.cells.items():
            moment, form = divmod(cell, _FORMS)
            new = moment // _STEP * _FORMS + form
            coarse[new] = coarse.get(new, 0) + count
        self.cells = coarse


def sparks(
    tallies: Iterable[tuple[FormTally, int]], place: Sequence[int], started: int, ended: int
) -> Mapping[int, str]:
    """For each place of a form a figure (0 to 9) for each bar of the stretch from `started` to `ended`.

    `place` says which forms are one in the end; with each tally comes what its clock is ahead. The highest bar of a
    form is 9, and what is there at all is at least 1.
    """
    width = max(1, ended - started + 1)
    counted: dict[int, list[int]] = {}
    for tally, ahead in tallies:
        for cell, count in tally.cells.items():
            moment, form = divmod(cell, _FORMS)
            at = (moment * tally.step - ahead - started) * BARS // width
            bars = counted.setdefault(place[form], [0] * BARS)
            bars[min(BARS - 1, max(0, at))] += count
    return {form: _figures(bars) for form, bars in counted.items()}


def _figures(bars: Sequence[int]) -> str:
    highest = max(bars)
    return "".join(str(-(-count * HIGHEST // highest)) for count in bars)
