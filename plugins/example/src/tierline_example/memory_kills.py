"""An analyser that finds the processes Linux killed because memory ran out, in a kernel log."""

import re
from collections import Counter
from collections.abc import Iterable

from tierline.core.plugins.contracts import Analysis, Finding, Sample

_KILL = re.compile(r"(?:Out of memory|Memory cgroup out of memory): Kill(?:ed)? process \d+ \(([^)]{1,64})\)")
CERTAIN, BY_NAME = 90, 20
MOST_NAMES = 100
"""Different process names that are told apart; the rest of a hostile log is counted together."""


class MemoryKills:
    key = "memory-kills"
    name = "Processes killed for want of memory"
    version = "1.0.0"

    def score(self, sample: Sample) -> int | None:
        """Certain when the start shows such a kill, a guess when the file is named like a kernel log."""
        if _KILL.search(sample.head.decode("utf-8", "replace")):
            return CERTAIN
        return BY_NAME if sample.name.lower().startswith(("kern.log", "dmesg")) else None

    def analyse(self, sample: Sample, lines: Iterable[str]) -> Analysis:
        """One finding for each killed program, with its first line and how often it was killed."""
        first: dict[str, int] = {}
        kills: Counter[str] = Counter()
        for number, line in enumerate(lines, start=1):
            if match := _KILL.search(line):
                program = match[1] if match[1] in first or len(first) < MOST_NAMES else "others"
                first.setdefault(program, number)
                kills[program] += 1
        findings = tuple(
            Finding(
                title=f"{program} was killed because memory ran out",
                severity="error",
                line=first[program],
                count=count,
            )
            for program, count in kills.most_common()
        )
        worst = kills.most_common(1)[0][0] if kills else ""
        return Analysis(
            findings=findings,
            facts={"memory_ran_out": bool(kills)},
            signature=f"memory-kill:{worst}" if worst else "",
            summary=f"{kills.total()} kills for want of memory in {sample.name}",
        )
