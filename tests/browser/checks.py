"""What every page has to pass in a real browser."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RULES = {"runOnly": {"type": "tag", "values": TAGS}}


def faults(page: Any) -> list[str]:
    """What axe finds on the page, one line each: the rule, and where it is broken."""
    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{one['id']}: {node['target']} {node['failureSummary'][:200]}" for one in found for node in one["nodes"]]


def too_wide(page: Any) -> int:
    """How many pixels the page is wider than its window; 0 is right."""
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return max(int(wide), 0)


UNREACHABLE = """() => [...document.querySelectorAll('main aside')]
    .filter(one => one.getClientRects().length === 0 && !document.querySelector(`.tabbar a[href="#${one.id}"]`))
    .map(one => one.outerHTML.slice(0, 120))"""


def unreachable(page: Any) -> list[str]:
    """The parts beside the content that are not drawn, with no tab that leads to them."""
    found: list[str] = page.evaluate(UNREACHABLE)
    return found
