"""Whatever arrives: no exception, one outcome, storable text, and what we write we can read."""

from __future__ import annotations

import random
import string

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.mails import bounce, mail, multipart
from tierline.work.intake.rules import (
    Own,
    base_subject,
    claims,
    fingerprint,
    html_to_text,
    judge,
    parse,
    read_reply_address,
    read_report,
    reply_address,
    reply_subject,
    visible_reply,
)
from tierline.work.intake.rules.charsets import decode
from tierline.work.intake.rules.headers import addresses, decode_words, parse_value

FEW = settings(max_examples=60, deadline=None)
SEEDS = [
    mail("Hello", Subject="=?utf-8?b?R3LDvMOfZQ==?="),
    bounce("a@b.example"),
    multipart(
        "Content-Type: text/plain; charset=utf-8\r\n\r\nwords",
        "Content-Type: text/html\r\n\r\n<p>words<br>&amp;</p>",
        subtype="alternative",
    ),
    multipart("Content-Type: a/b; name*=utf-8''%C3%BC\r\nContent-Transfer-Encoding: base64\r\n\r\naGk="),
    mail("Ok\n\nOn Monday, x wrote:\n> y\n", In_Reply_To="<a@b>", References="<c@d> <a@b>"),
]


def _everything(content: bytes) -> None:
    """All rules over one mail; every text that may be stored can be encoded and holds no NUL."""
    read = parse(content)
    judge(read, Own("x"))
    report = read_report(read)
    claims(read, "secret")
    fingerprint(read)
    texts = [read.subject, read.text, read.html, read.message_id, visible_reply(read.text), base_subject(read.subject)]
    texts += [word for one in read.attachments for word in (one.name, one.content_type, one.content_id)]
    texts += [word for one in read.recipients for word in (one.email, one.name)]
    texts += [report.summary, report.original_id] if report else []
    for text in texts:
        text.encode()
        assert "\x00" not in text
    assert len(read.text) <= 200_000


@FEW
@given(st.binary(max_size=3000))
def test_any_bytes(content: bytes) -> None:
    _everything(content)


@FEW
@given(st.sampled_from(SEEDS), st.integers(0, 2**32), st.integers(1, 30))
def test_mutated_mails(seed: bytes, number: int, changes: int) -> None:
    pick = random.Random(number)
    content = bytearray(seed)
    for _ in range(changes):
        at = pick.randrange(len(content) + 1)
        what = pick.randrange(4)
        if what == 0:
            del content[at : at + pick.randrange(20)]
        elif what == 1:
            content[at:at] = pick.randbytes(pick.randrange(8))
        elif what == 2:
            content[at:at] = pick.choice(SEEDS)[: pick.randrange(400)]
        else:
            content[at : at + 1] = pick.choice([b"\r", b"\n", b"\0", b"--frontier", b"=?", b"\xff", b";", b'"'])
    _everything(bytes(content))


@FEW
@given(st.text(max_size=300), st.text(max_size=300))
def test_any_headers_and_words(subject: str, body: str) -> None:
    _everything(mail(body.encode("utf-8", "surrogatepass"), Subject=subject.replace("\n", " ").replace("\r", " ")))


@FEW
@given(st.text(alphabet=string.printable + "=?&<>", max_size=300))
def test_small_readers_never_raise(text: str) -> None:
    decode_words(text)
    parse_value(text)
    addresses(text)
    html_to_text(text)
    visible_reply(text)


@FEW
@given(st.binary(max_size=200), st.text(max_size=20))
def test_decoding_never_raises(data: bytes, label: str) -> None:
    decode(data, label).encode()


@FEW
@given(st.text(max_size=200))
def test_a_reply_without_quotes_is_kept_whole_or_shortened_never_invented(text: str) -> None:
    assert visible_reply(text) in text.replace("\r\n", "\n")


@FEW
@given(st.integers(1, 10**12), st.text(min_size=1, max_size=20))
def test_reply_addresses_come_back(ticket: int, secret: str) -> None:
    address = reply_address(ticket, "desk.example", secret)

    assert read_reply_address(address, secret) == ticket
    assert read_reply_address(address, secret + "x") is None


@FEW
@given(st.text(max_size=100))
def test_subjects_do_not_grow(subject: str) -> None:
    once = reply_subject(subject, "INC-1")

    assert reply_subject(once.removesuffix(" [INC-1]"), "INC-1") == once
