"""The guarded way out: where it may lead, and every way in which it fails, in words; secrets that are kept sealed."""

from __future__ import annotations

import errno
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from tests.support.certificates import certificate, server_side
from tests.support.web_server import web_server
from tierline.core.kernel import outbound, sealing
from tierline.core.kernel.errors import Refused
from tierline.core.kernel.outbound import Trouble, Unreachable


@pytest.mark.parametrize(
    ("address", "private", "allowed"),
    [
        ("127.0.0.1", True, True),
        ("127.0.0.1", False, False),
        ("::1", True, True),
        ("10.1.2.3", True, True),
        ("10.1.2.3", False, False),
        ("192.168.0.9", False, False),
        ("fd00::1", True, True),
        ("fd00::1", False, False),
        ("8.8.8.8", False, True),
        ("2001:4860:4860::8888", False, True),
        ("169.254.169.254", True, False),
        ("::ffff:169.254.169.254", True, False),
        ("::ffff:10.0.0.1", False, False),
        ("fe80::1%eth0", True, False),
        ("224.0.0.1", True, False),
        ("0.0.0.0", True, False),  # noqa: S104 (told from, not bound to)
        ("::", True, False),
        ("240.0.0.1", True, False),
    ],
)
def test_where_a_connection_may_lead(settings: Settings, address: str, private: bool, allowed: bool) -> None:
    settings.TIERLINE_OUTBOUND_PRIVATE = private
    assert outbound.may_reach(address) is allowed


def test_a_name_is_looked_at_by_its_address(settings: Settings) -> None:
    settings.TIERLINE_OUTBOUND_PRIVATE = False
    with pytest.raises(Unreachable) as caught:
        outbound.connect("localhost", 143)
    assert caught.value.trouble is Trouble.FORBIDDEN
    assert "public name" in caught.value.for_people()


def test_a_port_where_nobody_listens() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(Unreachable) as caught:
        outbound.connect("127.0.0.1", port)
    assert caught.value.trouble is Trouble.REFUSED
    assert f"nothing listens on port {port}" in caught.value.for_people()


@pytest.mark.parametrize("name", ["mail.nowhere.invalid", "a" * 70 + ".example", ""])
def test_a_name_that_is_none(name: str) -> None:
    with pytest.raises(Unreachable) as caught:
        outbound.connect(name, 993)
    assert caught.value.trouble in {Trouble.NAME, Trouble.REFUSED}
    assert not caught.value.permanent


def test_a_server_that_greets_without_tls() -> None:
    with listening(b"* OK hello\r\n") as port, pytest.raises(Unreachable) as caught:
        outbound.secure(outbound.connect("127.0.0.1", port), "127.0.0.1", port)
    assert caught.value.trouble is Trouble.TLS
    assert "STARTTLS" in caught.value.for_people()


def test_a_server_that_says_nothing() -> None:
    with listening(b"") as port, pytest.raises(Unreachable) as caught:
        outbound.secure(outbound.connect("127.0.0.1", port, timeout=0.05), "127.0.0.1", port)
    assert caught.value.trouble is Trouble.SILENT


@pytest.mark.parametrize(
    ("problem", "trouble"),
    [
        (socket.gaierror(-2, "unknown"), Trouble.NAME),
        (ssl.SSLCertVerificationError("expired"), Trouble.TLS),
        (ssl.SSLError("wrong version"), Trouble.TLS),
        (socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution"), Trouble.NAME),
        (OSError(errno.ENETUNREACH, "Network is unreachable"), Trouble.SILENT),
        (OSError(errno.EHOSTUNREACH, "No route to host"), Trouble.SILENT),
        (TimeoutError(), Trouble.SILENT),
        (ConnectionResetError(104, "Connection reset by peer"), Trouble.BROKEN),
        (ValueError("odd"), Trouble.BROKEN),
    ],
)
def test_every_problem_has_its_words(problem: Exception, trouble: Trouble) -> None:
    said = outbound.explain(problem, "mx.example", 993)
    assert said.trouble is trouble
    assert "mx.example" in said.message
    assert said.todo
    assert outbound.explain(said, "other", 1) is said


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (socket.gaierror(socket.EAI_AGAIN, "Temporary failure"), "the name server does not answer"),
        (socket.gaierror(socket.EAI_NONAME, "unknown"), "no server with the name"),
        (OSError(errno.EHOSTUNREACH, "No route to host"), "no way to mx.example:993: No route to host."),
    ],
)
def test_names_and_ways_are_told_apart(problem: Exception, words: str) -> None:
    assert words in outbound.explain(problem, "mx.example", 993).message


def test_a_server_with_an_old_tls_is_not_told_to_have_none() -> None:
    theirs = server_side(certificate())
    theirs.maximum_version = ssl.TLSVersion.TLSv1_2
    ours = ssl.create_default_context(cafile=str(certificate()))
    ours.minimum_version = ssl.TLSVersion.TLSv1_3
    incoming, outgoing, there, back = (ssl.MemoryBIO() for _ in range(4))
    client = ours.wrap_bio(incoming, outgoing, server_hostname="localhost")
    server = theirs.wrap_bio(there, back, server_side=True)
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    there.write(outgoing.read())
    with pytest.raises(ssl.SSLError) as refused:
        server.do_handshake()
    incoming.write(back.read())
    with pytest.raises(ssl.SSLError) as caught:
        client.do_handshake()
    for problem in (caught.value, refused.value):
        told = outbound.explain(problem, "mx.example", 993)
        assert told.trouble is Trouble.TLS
        assert "speaks TLS, but none that both sides know" in told.message
        assert "STARTTLS" not in told.todo


def test_a_form_is_posted_and_answered() -> None:
    with web_server(200, b'{"access_token": "a"}') as (port, seen):
        answer = outbound.post_form(f"http://127.0.0.1:{port}/token?v=2", {"grant": "x y", "key": "&"})
    assert (answer.status, answer.body) == (200, b'{"access_token": "a"}')
    assert seen == ["/token?v=2 grant=x+y&key=%26"]


def test_no_redirect_is_followed() -> None:
    with web_server(302, b"elsewhere") as (port, seen):
        assert outbound.post_form(f"http://127.0.0.1:{port}/", {}).status == 302
    assert len(seen) == 1


@pytest.mark.parametrize("url", ["http://example.org/token", "file:///etc/passwd", "gopher://x", "https://", "nothing"])
def test_only_https_leaves_this_machine(url: str) -> None:
    with pytest.raises(Refused):
        outbound.post_form(url, {})


# --- sealing ---


@given(st.text(max_size=200))
def test_what_is_sealed_is_opened(text: str) -> None:
    sealed = sealing.seal(text, purpose="mailbox")
    assert sealing.unseal(sealed, purpose="mailbox") == text
    assert not text.strip() or len(text) < 5 or text not in sealed


def test_a_seal_is_good_for_one_purpose_only() -> None:
    sealed = sealing.seal("open sesame", purpose="mailbox")
    assert sealed != sealing.seal("open sesame", purpose="mailbox")
    with pytest.raises(sealing.CannotUnseal, match="Type the secret again"):
        sealing.unseal(sealed, purpose="outgoing")


def test_an_old_key_still_opens(settings: Settings) -> None:
    sealed = sealing.seal("open sesame", purpose="mailbox")
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another key " * 4
    with pytest.raises(sealing.CannotUnseal):
        sealing.unseal(sealed, purpose="mailbox")
    settings.SECRET_KEY_FALLBACKS = [old]
    assert sealing.unseal(sealed, purpose="mailbox") == "open sesame"


@pytest.mark.parametrize("damaged", ["x", "gAAAA", "\u00e9"])
def test_damage_is_told(damaged: str) -> None:
    with pytest.raises(sealing.CannotUnseal):
        sealing.unseal(damaged, purpose="mailbox")


@contextmanager
def listening(greeting: bytes) -> Iterator[int]:
    """One connection is taken, greeted and then left alone."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def greet() -> None:
            taken, _ = server.accept()
            taken.sendall(greeting)
            over.wait(5)
            taken.close()

        over = threading.Event()
        thread = threading.Thread(target=greet, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        over.set()
        thread.join(5)
