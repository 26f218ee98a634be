"""Whether an address of this desk that other systems call is reached: called as they call it, by its public name.

The steps of a trial (`trials`) for every room with such an address. A call of such an address that shows no proof is
answered by 401 with the realm of this desk, which is how the desk knows itself again.
"""

import ipaddress
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from django.conf import settings

from . import outbound, trials
from .errors import Refused

REALM = "tierline"
_JSON = "application/json"
_FINE, _REFUSED = 200, 401
# What a status tells that is not this desk's refusal, and what to do.
_STRANGE: dict[tuple[int, ...], tuple[str, str]] = {
    (301, 302, 303, 307, 308): ("{url} sends on to {onward}.", "Set TIERLINE_URL to where it leads in the end."),
    (400,): ("The desk does not know itself by this name.", "Add {host} to TIERLINE_HOSTS."),
    (401,): ("Something in between asks for a password of its own.", "Leave out what begins with /hooks/ there."),
    (404, 405): (
        "Something answers at {url}, but not this desk ({status}).",
        "Check TIERLINE_URL, and whether the proxy passes on what begins with /hooks/.",
    ),
    (429,): ("There are too many calls at the moment.", "Try it again in a minute."),
    (502, 503, 504): ("A proxy answers {status}: it does not reach the desk.", "Check where it leads, and its log."),
}


class NotHere(Refused):
    """Whatever answers at the address is not this desk, or does not do what it should."""

    code = "own_address_wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A call as another system makes it: its body, and the headers by which that system is known again."""

    content: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def address(path: str) -> str:
    """The whole public address of a path of this desk."""
    return f"{settings.TIERLINE_URL.rstrip('/')}{path}"


def steps(path: str, *, forged: Shown, proven: Callable[[], Shown] | None) -> Iterator[trials.Step]:
    """Reach the address, be refused with a forged proof, be let in with the right one (if the desk can make one)."""
    url = address(path)

    def home() -> str:
        _known_again(_call(url, Shown(content=b"{}")), url)
        return f"{url} leads to this desk."

    def refuses() -> str:
        _known_again(_call(url, forged), url)
        return "A call with a wrong proof is refused."

    yield "home", home
    yield "refuses", refuses
    if proven is None:
        return

    def admits() -> str:
        answer = _call(url, proven())
        if answer.status == _REFUSED:
            raise NotHere(
                "A call that is signed as it should be is refused.",
                todo="Does a proxy in between change what it passes on, or drop headers?",
            )
        if answer.status != _FINE:
            raise NotHere(f"A signed call is answered by {answer.status}.", todo="Look into the log of the desk.")
        return "A call that is signed as it should be is let in."

    yield "admits", admits


def _call(url: str, shown: Shown) -> outbound.Answer:
    try:
        return outbound.post(url, shown.content, _JSON, headers=shown.headers, plain=True)
    except outbound.Unreachable as problem:
        todo = f"{problem.todo} The address of this desk is TIERLINE_URL, {settings.TIERLINE_URL}."
        raise NotHere(problem.message, todo=todo) from problem


def _known_again(answer: outbound.Answer, url: str) -> None:
    """Nothing when this desk refused the call. Raises NotHere, with what stands in between."""
    if answer.status == _REFUSED and f'realm="{REALM}"' in answer.headers.get("www-authenticate", ""):
        return
    raise _explained(answer, url)


def _explained(answer: outbound.Answer, url: str) -> NotHere:
    words, todo = next(
        (told for statuses, told in _STRANGE.items() if answer.status in statuses),
        ("Something else answers at {url} ({status}).", "Check TIERLINE_URL and the proxy."),
    )
    known = {
        "url": url,
        "host": urllib.parse.urlsplit(url).hostname or "",
        "status": answer.status,
        "onward": answer.headers.get("location", "")[:200],
    }
    return NotHere(words.format_map(known), todo=todo.format_map(known))


def outside(who: str) -> Callable[[], str]:
    """A step: whether a service on the internet can call the desk at all. `who` is that service's name."""

    def reached() -> str:
        parts = urllib.parse.urlsplit(settings.TIERLINE_URL)
        if parts.scheme != "https":
            raise NotHere(
                f"{who} calls https alone, and the address of this desk is {settings.TIERLINE_URL}.",
                todo="Put the desk behind a proxy with a certificate and set TIERLINE_URL to that address.",
            )
        if _only_inside(parts.hostname or ""):
            raise NotHere(
                f"{who} calls from the internet, where nobody finds {parts.hostname}.",
                todo="Set TIERLINE_URL to a public name.",
            )
        return f"{who} can call {settings.TIERLINE_URL}, unless a firewall keeps it out."

    return reached


def _only_inside(host: str) -> bool:
    """Whether a name or address means nothing on the internet (RFC 6761, RFC 6762; a name without a dot)."""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        last = host.rpartition(".")[2].lower()
        return "." not in host or last in {"localhost", "local", "internal", "lan", "home", "test", "invalid"}
