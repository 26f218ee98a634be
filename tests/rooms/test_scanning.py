"""Files and the virus scanner: asked once over a real socket, in clamd's protocol; what it found is not handed out."""

from __future__ import annotations

import io
import socket
import threading
from typing import TYPE_CHECKING

import pytest

from tests.support.clamd import BAD, Scanner
from tierline.core.kernel import antivirus, jobs, trials
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.antivirus import ScannerAway
from tierline.core.kernel.models import Trial
from tierline.desk.people.models import Desk
from tierline.desk.people.operations import ensure_requester
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.errors import Infected
from tierline.desk.tickets.models import Attachment
from tierline.work.diagnosis import operations as diagnosis

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django import Settings


def attached(content: bytes) -> Attachment:
    actor = Actor.machine("test")
    Desk.objects.get_or_create(key="it", defaults={"name": "IT", "kind": "it"})
    ticket = tickets.open_ticket(
        actor=actor,
        requester=ensure_requester(actor=actor, email="nora@customer.example"),
        title="x",
        text="x",
        attachments=[tickets.NewAttachment(name="a.bin", content_type="a/b", content=content)],
    )
    return Attachment.objects.get(ticket=ticket)


def _agent(file: Attachment) -> Actor:
    roles = frozenset({"agent", "lead", "administrator"})
    return Actor(label="Lena", roles=roles, desk_ids=frozenset({file.ticket.desk_id}))


@pytest.mark.parametrize("size", [0, 1, 300_000])
def test_a_file_is_sent_whole_and_found_clean(settings: Settings, size: int) -> None:
    with Scanner() as scanner:
        settings.TIERLINE_CLAMD = scanner.place
        assert antivirus.threat_in(io.BytesIO(b"x" * size)) == ""

    assert scanner.scanned == [b"x" * size]


def test_what_it_finds_has_a_name(settings: Settings) -> None:
    with Scanner() as scanner:
        settings.TIERLINE_CLAMD = scanner.place
        assert antivirus.threat_in(io.BytesIO(b"--" + BAD)) == "Test.Virus"


@pytest.mark.parametrize(
    "says", [b"", b"INSTREAM size limit exceeded. ERROR\0", b"stream: Can't open ERROR\0", b"\xff\0"]
)
def test_no_answer_is_not_clean(settings: Settings, says: bytes) -> None:
    with Scanner(says=says) as scanner:
        settings.TIERLINE_CLAMD = scanner.place
        with pytest.raises(ScannerAway):
            antivirus.threat_in(io.BytesIO(b"x"))


def test_nobody_there_is_not_clean(settings: Settings) -> None:
    settings.TIERLINE_CLAMD = "127.0.0.1:9"
    with pytest.raises(ScannerAway):
        antivirus.threat_in(io.BytesIO(b"x"))


def test_over_a_socket_file(settings: Settings, tmp_path: Path) -> None:
    settings.TIERLINE_CLAMD = str(tmp_path / "clamd.sock")
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(settings.TIERLINE_CLAMD)
    listening.listen()

    def answer() -> None:
        wire, _ = listening.accept()
        with wire:
            while not wire.recv(1000).endswith(b"\0\0\0\0"):
                pass
            wire.sendall(b"stream: OK\0")

    with listening:
        answering = threading.Thread(target=answer)
        answering.start()
        assert antivirus.threat_in(io.BytesIO(b"x")) == ""
        answering.join()


@pytest.mark.django_db
class TestHandingOut:
    def test_clean_is_asked_once(self, settings: Settings) -> None:
        file = attached(b"fine")
        with Scanner() as scanner:
            settings.TIERLINE_CLAMD = scanner.place
            tickets.checked(file)
            tickets.checked(Attachment.objects.get(pk=file.pk))

        assert scanner.scanned == [b"fine"]
        assert Attachment.objects.get(pk=file.pk).scanned_at is not None

    def test_infected_stays_here_and_says_why(self, settings: Settings) -> None:
        file = attached(BAD)
        with Scanner() as scanner:
            settings.TIERLINE_CLAMD = scanner.place
            with pytest.raises(Infected, match=r"found Test\.Virus"):
                diagnosis.hand_out(actor=_agent(file), attachment_id=file.pk)

        settings.TIERLINE_CLAMD = ""  # what is known stays known
        with pytest.raises(Infected):
            tickets.checked(Attachment.objects.get(pk=file.pk))

    def test_unknown_stays_here_until_the_scanner_answers(self, settings: Settings) -> None:
        file = attached(b"fine")
        settings.TIERLINE_CLAMD = "127.0.0.1:9"
        with pytest.raises(ScannerAway):
            tickets.checked(file)

        assert Attachment.objects.get(pk=file.pk).scanned_at is None

    def test_without_a_scanner_nothing_is_asked(self, settings: Settings) -> None:
        settings.TIERLINE_CLAMD = ""

        assert tickets.checked(attached(BAD)).threat == ""


@pytest.mark.django_db
class TestTrying:
    """The live test: what is wrong is said in words."""

    def tried(self) -> Trial:
        trials.ask(actor=Actor.machine("test"), kind=antivirus.TRIAL)
        jobs.drain()
        return Trial.objects.get()

    def test_all_is_well(self, settings: Settings) -> None:
        with Scanner() as scanner:
            settings.TIERLINE_CLAMD = scanner.place
            found = self.tried()
        assert found.state == "good"
        words = [step["words"] for step in found.steps]
        assert words[0].startswith("ClamAV 1.4.3/27800")
        assert words[1:] == ["A harmless file passed.", "EICAR's test file was found: Test.Virus."]
        assert len(scanner.scanned[1]) == 68  # as long as EICAR says

    def test_a_scanner_without_signatures(self, settings: Settings) -> None:
        with Scanner(knows=b"\0nothing\0") as scanner:
            settings.TIERLINE_CLAMD = scanner.place
            found = self.tried()
        assert [step["state"] for step in found.steps] == ["good", "good", "bad"]
        assert "freshclam" in found.steps[2]["todo"]

    def test_a_scanner_that_finds_everything(self, settings: Settings) -> None:
        with Scanner(knows=b"") as scanner:
            settings.TIERLINE_CLAMD = scanner.place
            found = self.tried()
        assert "found Test.Virus in a harmless file" in found.steps[1]["words"]

    @pytest.mark.parametrize(
        ("place", "words"),
        [
            ("", "No virus scanner is set up"),
            ("127.0.0.1:9", "nothing listens on port 9"),
            ("scanner.invalid:3310", "no server with the name scanner.invalid"),
            ("/nonexistent/clamd.ctl", "There is no socket file /nonexistent/clamd.ctl"),
            ("clamd", "no HOST:PORT"),
        ],
    )
    def test_what_is_wrong_in_words(self, settings: Settings, place: str, words: str) -> None:
        settings.TIERLINE_CLAMD = place
        found = self.tried()
        assert found.state == "bad"
        assert words in found.steps[0]["words"]

    def test_another_program_on_the_port(self, settings: Settings) -> None:
        with Scanner(plain={b"zPING\0": b"220 mail.example ESMTP\0"}) as scanner:
            settings.TIERLINE_CLAMD = scanner.place
            found = self.tried()
        assert "does not speak clamd" in found.steps[0]["words"]
