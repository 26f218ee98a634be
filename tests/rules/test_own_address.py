"""Whether other systems reach the desk: every way in which something stands in between, in words."""

import pytest
from pytest_django import Settings

from tests.support.web_server import web_server
from tierline.core.kernel import own_address
from tierline.core.kernel.errors import TierlineError
from tierline.core.kernel.own_address import Shown

OURS = {"WWW_Authenticate": 'Signature realm="tierline"'}
FORGED, PROVEN = Shown(content=b"{}", headers={"X-Proof": "no"}), Shown(content=b'{"a": 1}', headers={"X-Proof": "yes"})


def tried(name: str, *, proven: bool = True) -> str:
    steps = dict(own_address.steps("/hooks/phone/k", forged=FORGED, proven=(lambda: PROVEN) if proven else None))
    try:
        return steps[name]()
    except TierlineError as problem:
        return problem.for_people()


@pytest.mark.parametrize(
    ("status", "headers", "words"),
    [
        (401, OURS, "leads to this desk"),
        (301, {"Location": "https://desk.example/"}, "sends on to https://desk.example/. Set TIERLINE_URL"),
        (400, {}, "does not know itself by this name. Add 127.0.0.1 to TIERLINE_HOSTS"),
        (401, {}, "asks for a password of its own"),
        (401, {"WWW_Authenticate": 'Basic realm="intranet"'}, "asks for a password of its own"),
        (404, {}, "but not this desk (404)"),
        (405, {}, "whether the proxy passes on what begins with /hooks/"),
        (429, {}, "too many calls"),
        (502, {}, "A proxy answers 502: it does not reach the desk."),
        (200, {}, "Something else answers at http://127.0.0.1"),
        (500, {}, "(500)"),
    ],
)
def test_what_answers_at_the_desks_address(
    settings: Settings, status: int, headers: dict[str, str], words: str
) -> None:
    with web_server(status, b"{}", **headers) as (port, seen):
        settings.TIERLINE_URL = f"http://127.0.0.1:{port}/"
        assert words in tried("home")
    assert seen == ["/hooks/phone/k {}"]


@pytest.mark.parametrize(
    ("step", "status", "words"),
    [
        ("refuses", 401, "A call with a wrong proof is refused."),
        ("refuses", 200, "Something else answers"),
        ("admits", 200, "is let in"),
        ("admits", 401, "Does a proxy in between change what it passes on"),
        ("admits", 500, "A signed call is answered by 500."),
    ],
)
def test_proofs_are_refused_and_admitted(settings: Settings, step: str, status: int, words: str) -> None:
    with web_server(status, b"{}", **OURS) as (port, seen):
        settings.TIERLINE_URL = f"http://127.0.0.1:{port}"
        assert words in tried(step)
    assert len(seen) == 1


def test_without_a_proof_nothing_is_admitted() -> None:
    assert [name for name, _ in own_address.steps("/x", forged=FORGED, proven=None)] == ["home", "refuses"]


def test_a_desk_that_nobody_finds_is_told_with_its_setting(settings: Settings) -> None:
    settings.TIERLINE_URL = "http://127.0.0.1:9"
    assert "nothing listens on port 9" in tried("home")
    assert "TIERLINE_URL, http://127.0.0.1:9" in tried("home")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://desk.example.com", "Slack can call https://desk.example.com"),
        ("http://desk.example.com", "calls https alone"),
        ("https://localhost", "nobody finds localhost"),
        ("https://desk", "Set TIERLINE_URL to a public name"),
        ("https://desk.local", "nobody finds desk.local"),
        ("https://10.1.2.3", "nobody finds 10.1.2.3"),
        ("https://[::1]:8420", "nobody finds ::1"),
        ("https://8.8.8.8", "can call"),
    ],
)
def test_whether_a_service_on_the_internet_finds_the_desk(settings: Settings, url: str, words: str) -> None:
    settings.TIERLINE_URL = url
    try:
        said = own_address.outside("Slack")()
    except TierlineError as problem:
        said = problem.for_people()
    assert words in said
