"""Detectors of packages: in force beside the built-in ones, watched, and never a way for text to get through."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.desk import SmallDesk, small_desk
from tests.support.held import held
from tests.support.plugin_site import install, plugin_site
from tierline.core.kernel import storage
from tierline.core.kernel.actors import Actor
from tierline.core.plugins import registry
from tierline.core.plugins.contracts import BlockDetector, Detector
from tierline.desk.tickets.operations import NewAttachment
from tierline.doors.cli.commands import main
from tierline.work.diagnosis import operations
from tierline.work.diagnosis.models import Evidence
from tierline.work.diagnosis.operations.detecting import detectors_in_force
from tierline.work.diagnosis.rules import guarded
from tierline.work.diagnosis.rules.built_in import BUILT_IN
from tierline.work.diagnosis.rules.redact import CLASSES

pytestmark = pytest.mark.django_db
MACHINE = Actor.machine("diagnosis")
desk = held(small_desk)

HEAD = """
import re, time
from tierline.core.plugins.contracts import Secret

class Badges:
    key, name, version, kind = {key!r}, "Badges", "1", {kind!r}
    def find(self, text):
"""
BADGES = HEAD + "        return [Secret(one.start(), one.end()) for one in re.finditer('B-[0-9]{{6}}', text.text)]\n"
LOG = b"10:00:00 INFO badge B-123456 of a@field.example\n10:00:01 INFO badge B-123456 and B-999999\n"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Path]:
    with plugin_site(tmp_path) as made:
        yield made


def plug(site: Path, body: str = "", *, key: str = "badges", kind: str = "badge", source: str = "") -> None:
    text = source or (
        HEAD.format(key=key, kind=kind) + f"        {body}\n" if body else BADGES.format(key=key, kind=kind)
    )
    install(site, "stranger_badges", text, ("detectors", f"{key} = stranger_badges:Badges"))


def read(desk: SmallDesk, content: bytes = LOG, name: str = "door.log") -> Evidence:
    ticket = desk.ticket(attachments=[NewAttachment(name=name, content_type="text/plain", content=content)])
    file = ticket.attachments.get()
    evidence = operations.collect(actor=MACHINE, ticket_id=ticket.pk, attachment_id=file.pk)
    return operations.analyse(actor=MACHINE, evidence_id=evidence.pk)


def view(evidence: Evidence) -> str:
    return storage.read(evidence.redacted_id or "").decode() if evidence.redacted_id else ""


def test_every_built_in_class_is_a_plug_in_of_the_registry() -> None:
    found = [one for one in registry.catalogue() if one.group == "detectors"]
    assert {one.key for one in found} == {one().key for one in BUILT_IN}
    assert {one.plugin.kind for one in found} == set(CLASSES)
    assert all(isinstance(one.plugin, Detector) and one.package == registry.BUILT_IN for one in found)
    over_lines = {one.key for one in found if isinstance(one.plugin, BlockDetector)}
    assert over_lines == {"keys", "passwords", "tokens", "cookies"}
    assert detectors_in_force()["path"] == [], "without packages no more folders are looked into"


def test_one_of_a_package_masks_beside_the_built_in_ones(desk: SmallDesk, site: Path) -> None:
    plug(site)
    evidence = read(desk)
    assert view(evidence).split("\n")[:2] == [
        "10:00:00 INFO badge <badge-1> of <email-1>",
        "10:00:01 INFO badge <badge-1> and <badge-2>",
    ]
    assert evidence.masked == {"badge": 3, "email": 1}


def test_one_with_the_key_of_a_built_in_one_takes_its_place(desk: SmallDesk, site: Path) -> None:
    body = "return [Secret(at, at + 1) for at in range(len(text.text)) if text.text[at] == '@']"
    plug(site, body, key="mails", kind="email")
    assert "mails" in [one.key for one in registry.catalogue() if one.package == "stranger_badges"]
    assert "of a<email-1>field.example" in view(read(desk))


def test_where_two_find_the_same_with_the_same_rank_the_packages_one_names_it(desk: SmallDesk, site: Path) -> None:
    plug(
        site, "return [Secret(m.start(), m.end(), 6) for m in re.finditer('a@field.example', text.text)]", kind="staff"
    )
    assert "of <staff-1>" in view(read(desk))


FAULTS = {
    "raises": ("raise ValueError('B-123456 is in the message')", "failed (ValueError)"),
    "ends the program": ("raise SystemExit", "failed (SystemExit)"),
    "no places": ("return [(1, 2, 3, 4, 5)]", "failed (TypeError)"),
    "beyond the end": ("return [Secret(0, len(text.text) + 1)]", "places that are not there"),
    "before the start": ("return [Secret(-5, 2)]", "places that are not there"),
    "words for numbers": ("return [Secret('0', '1')]", "places that are not there"),
    "sleeps": ("time.sleep(60); return []", "takes more than"),
    "computes for ever": ("return [Secret(0, 1) for _ in iter(int, 1)]", "takes more than"),
    "a pattern for ever": ("re.match('(a+)+$', 'a' * 60 + 'b'); return []", "takes more than"),
    "holds everything up": (
        "\n        try:\n            time.sleep(60)\n        except Exception:\n            return []",
        "takes more than",
    ),
}


@pytest.mark.parametrize("fault", list(FAULTS))
def test_what_fails_while_reading_shows_nothing_of_that_file(desk: SmallDesk, site: Path, fault: str) -> None:
    body, words = FAULTS[fault]
    plug(site, body)
    if "takes" in words:
        quick(site)
    evidence = read(desk)
    assert evidence.state == "refused"
    assert words in evidence.reason
    assert "badges" in evidence.reason
    assert "stranger_badges" in evidence.reason
    assert "B-123456" not in evidence.reason
    assert (evidence.redacted_id, evidence.templates.count(), evidence.lines) == (None, 0, 0)


def quick(site: Path) -> None:
    """The limit of time of the reading process is lowered by the package itself, so that the test is short."""
    path = site / "stranger_badges.py"
    path.write_text("from tierline.work.diagnosis.rules import guarded\nguarded.SLOWEST = 0.3\n" + path.read_text())


def test_one_that_fails_on_one_file_leaves_the_others_alone(desk: SmallDesk, site: Path) -> None:
    plug(site, "if 'poison' in text.text: raise ValueError\n        return []")
    assert read(desk, b"10:00:00 INFO poison for a@field.example\n").state == "refused"
    good = read(desk)
    assert good.state == "ready"
    assert "<email-1>" in view(good)


def test_one_that_is_slow_on_every_piece_is_told_so(desk: SmallDesk, site: Path) -> None:
    plug(site, "time.sleep(0.05); return []")
    path = site / "stranger_badges.py"
    path.write_text(
        "from tierline.work.diagnosis.rules import guarded\nguarded.SLOWEST_IN_ALL = 0\n" + path.read_text()
    )
    assert "is too slow" in read(desk).reason


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("import nothing_of_the_kind\n", "ModuleNotFoundError"),
        ("class Badges:\n    key, name, version, kind = 'badges', 'x', '1', 'badge'\n", "lacks find"),
        (
            "class Badges:\n    key, name, version = 'badges', 'x', '1'\n    def find(self, text): return []\n",
            "lacks kind",
        ),
        (BADGES.format(key="badges", kind="<b>"), "2 to 8 letters"),
        (BADGES.format(key="badges", kind="longerthan8"), "2 to 8 letters"),
        (BADGES.format(key="Not a key", kind="badge"), "may only hold"),
    ],
)
def test_one_that_cannot_be_loaded_is_left_out_and_shown(desk: SmallDesk, site: Path, source: str, why: str) -> None:
    plug(site, source=source)
    told = [one for one in registry.broken() if one.package == "stranger_badges"]
    assert [why in one.reason for one in told] == [True], told
    assert read(desk).state == "ready", "the desk works without it"


def test_set_up_shows_detectors_and_what_was_left_out(desk: SmallDesk, site: Path) -> None:
    from tests.support.web_world import signed_in

    plug(site, source="import nothing_of_the_kind\n")
    page = signed_in(desk.administrator).get("/setup/plugins").content.decode()
    assert "Private keys, over all their lines" in page
    assert "stranger_badges" in page
    assert "ModuleNotFoundError" in page


BLOCKS = """
class Filter:
    def __init__(self, name): self.name, self.inside = name, False
    def feed(self, text):
        out = []
        for line in text.splitlines(keepends=True):
            if line.startswith("BEGIN BADGE"): self.inside = True
            out.append({change} if self.inside else line)
            if line.startswith("END BADGE"): self.inside = False
        return "".join(out)
    def close(self): return ""

class Badges:
    key, name, version, kind = "badges", "Badges", "1", "badge"
    def find(self, text): return []
    def blocks(self, name): return Filter(name)
"""
BLOCK = b"10:00 start\nBEGIN BADGE\nsecret one\nsecret two\nEND BADGE\n10:01 end\n"


def test_one_over_several_lines_keeps_their_number_or_the_file_is_withheld(desk: SmallDesk, site: Path) -> None:
    plug(site, source=BLOCKS.format(change="self.name(line.strip()) + chr(10)"))
    shown = view(read(desk, BLOCK)).split("\n")
    assert shown == ["10:00 start", "<badge-1>", "<badge-2>", "<badge-3>", "<badge-4>", "10:01 end", ""]
    (site / "stranger_badges.py").write_text(BLOCKS.format(change="''"))
    lost = read(desk, BLOCK)
    assert lost.state == "refused"
    assert "lost or added lines" in lost.reason


def test_a_mask_over_several_lines_leaves_as_many(desk: SmallDesk, site: Path) -> None:
    plug(site, "at = text.text.find('one'); return [Secret(at, text.text.find('END'))] if at >= 0 else []")
    evidence = read(desk, BLOCK)
    assert view(evidence).count("\n") == BLOCK.count(b"\n")
    assert "secret two" not in view(evidence)


@pytest.fixture
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The usual limits, also in this process, where a package of a test above may have changed them."""
    monkeypatch.setattr(guarded, "SLOWEST", 5.0)
    monkeypatch.setattr(guarded, "SLOWEST_IN_ALL", 10.0)


NAMES = "return [Secret(m.start(), m.end()) for m in re.finditer('zulu[a-z]+', text.text)]"


@pytest.mark.usefixtures("_patient")
@pytest.mark.parametrize("form", [[], ["--json"]], ids=["words", "json"])
def test_the_command_line_masks_what_it_prints_by_them_too(
    site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], form: list[str]
) -> None:
    plug(site, NAMES)
    (tmp_path / "a.log").write_bytes(b"badge zulutango opened the door\n" * 3)
    assert main(["logs", "analyse", *form, str(tmp_path / "a.log")]) == 0
    said = capsys.readouterr().out
    assert "badge <badge-1> opened the door" in said
    assert "zulutango" not in said


@pytest.mark.usefixtures("_patient")
def test_a_crash_report_on_the_command_line_is_masked_by_them_too(
    site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plug(site, NAMES)
    (tmp_path / "a.txt").write_text(
        "Traceback (most recent call last):\n  File 'a.py', line 1, in zulutango\nKeyError: 1\n"
    )
    assert main(["logs", "stacks", str(tmp_path / "a.txt")]) == 0
    assert "zulutango" not in capsys.readouterr().out


@pytest.mark.usefixtures("_patient")
def test_the_command_line_prints_nothing_when_one_fails(
    site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plug(site, "raise ValueError")
    (tmp_path / "a.log").write_bytes(b"badge zulutango opened the door\n")
    assert main(["logs", "analyse", str(tmp_path / "a.log")]) != 0
    told = capsys.readouterr()
    assert "the detector badges (stranger-badges) failed" in told.err.replace("stranger_badges", "stranger-badges")
    assert "zulutango" not in told.out + told.err


def test_short_texts_are_masked_by_them_with_the_names_of_the_files(desk: SmallDesk, site: Path) -> None:
    plug(site)
    evidence = read(desk)
    ticket = evidence.ticket
    assert operations.mask_texts(ticket, ["B-999999.log", "of B-123456"]) == ["<badge-2>.log", "of <badge-1>"]
    plug(site, "raise ValueError")
    assert operations.mask_texts(ticket, ["B-999999.log"]) is None
