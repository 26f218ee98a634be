"""The words of a ticket that alerts opened. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence

from tierline.core.kernel.text import one_line

from .alert import Alert, worst

LISTED = 20


def title_for(source: str, alerts: Sequence[Alert], *, storm: bool) -> str:
    """The ticket's title: the alert, or the storm with its size."""
    first = alerts[0]
    if storm:
        return one_line(f"Alert storm from {source}: {first.title} and {len(alerts) - 1} more", 200)
    more = f" (+{len(alerts) - 1})" if len(alerts) > 1 else ""
    return f"{one_line(first.title, 190)}{more}"


def text_for(source: str, alerts: Sequence[Alert]) -> str:
    """The ticket's first message: what the first alert says, its links and labels, and a list of the others."""
    first = alerts[0]
    lines = [first.text or first.title, "", f"Source: {source}"]
    counts = Counter(alert.severity for alert in alerts)
    lines.append("Severity: " + ", ".join(f"{count} {severity}" for severity, count in sorted(counts.items())))
    lines += [f"Runbook: {link}" for link in _some(alert.runbook for alert in alerts)]
    lines += [f"Alert: {first.url}"] if first.url else []
    lines += [f"{key}: {value}" for key, value in sorted(first.labels.items())]
    if len(alerts) > 1:
        lines += ["", f"{len(alerts)} alerts, the worst {worst(alert.severity for alert in alerts)}:"]
        lines += [f"- {alert.title}" for alert in alerts[:LISTED]]
        lines += [f"- and {len(alerts) - LISTED} more"] if len(alerts) > LISTED else []
    return "\n".join(lines)


def _some(links: Iterable[str]) -> list[str]:
    return [link for link in dict.fromkeys(links) if link][:3]
