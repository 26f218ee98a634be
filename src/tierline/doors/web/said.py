"""One sentence about what just happened, kept in the session until the next page has shown it."""

from django.http import HttpRequest

from tierline.core.kernel.errors import TierlineError
from tierline.doors.web.shapes import Told, Tone

KEY = "said"
LIMIT = 5


def say(request: HttpRequest, text: str, *, tone: Tone = "good", kept: str = "", todo: str = "") -> None:
    """Show `text` at the top of the next page."""
    lines = request.session.get(KEY, [])
    lines.append({"text": text, "tone": tone, "kept": kept, "todo": todo})
    request.session[KEY] = lines[-LIMIT:]


def refuse(request: HttpRequest, problem: TierlineError) -> None:
    """Show why a verb was refused, what was kept and what to do."""
    say(request, problem.message, tone="bad", kept=problem.kept, todo=problem.todo)


def said(request: HttpRequest) -> list[Told]:
    """What is to be shown now; asking takes it out of the session."""
    if not request.session.get(KEY):
        return []
    return [Told(**line) for line in request.session.pop(KEY)]
