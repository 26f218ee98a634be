"""Mail made to cost time or memory: each has its words, its bounds and a name for what is wrong, in bounded time."""
# ruff: noqa: E501 (a table of mails)

import base64
import time
import tracemalloc
import zlib

import pytest

from tests.support.mails import mail, multipart
from tierline.work.intake.rules import Own, forwarded, judge, parse, read_report, visible_reply
from tierline.work.intake.rules.body import MAX_ATTACHMENTS, MAX_TEXT
from tierline.work.intake.rules.mime import MAX_HEADER_BYTES, MAX_UNPACKED
from tierline.work.intake.rules.threading import claims, fingerprint

SECONDS = 2.0  # of processor time for everything that rules do with one mail
FILE = "Content-Type: application/pdf; name=a.pdf\r\n\r\n%PDF"
PARTS = "more than 500 parts: the others are in the original only"
DEEP = "nested deeper than is read"
LONG_HEADER = f"header block longer than {MAX_HEADER_BYTES} bytes"
LONG_TEXT = "the text is longer than is shown: the whole is in the original"


def nested(depth: int) -> bytes:
    body = b"Content-Type: text/plain\r\n\r\ninnermost\r\n"
    for number in range(depth):
        mark = b"b%d" % number
        body = b'Content-Type: multipart/mixed; boundary="%b"\r\n\r\n--%b\r\n%b\r\n--%b--\r\n' % (
            mark,
            mark,
            body,
            mark,
        )
    return mail().partition(b"\r\n\r\n")[0] + b"\r\n" + body


def carried(depth: int) -> bytes:
    inner = mail("innermost")
    for _ in range(depth):
        inner = mail(inner, Content_Type="message/rfc822")
    return inner


def compressed_part(size: int) -> str:
    """A compressed S/MIME content (RFC 3274) that unpacks to `size` zeros, as a part."""
    packed = zlib.compress(bytes(size), 1)
    octets = b"\x24\x80" + b"\x04\x84" + len(packed).to_bytes(4, "big") + packed + b"\0\0"
    info = b"\x30\x80\x06\x09" + bytes.fromhex("2a864886f70d010701") + b"\xa0\x80" + octets + b"\0\0\0\0"
    body = b"\xa0\x80\x30\x80\x02\x01\x00" + info + b"\0\0\0\0"
    whole = b"\x30\x80\x06\x0b" + bytes.fromhex("2a864886f70d0109100109") + body + b"\0\0"
    head = "Content-Type: application/pkcs7-mime; name=smime.p7z\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return head + base64.encodebytes(whole).decode()


BOMBS = {
    "10,000 parts": (multipart(*["Content-Type: text/plain\r\n\r\nhello"] * 10_000), PARTS),
    "10,000 files": (multipart(*[FILE] * 10_000), PARTS),
    "100 deep": (nested(100), DEEP),
    "2,000 deep": (nested(2_000), DEEP),
    "100 mails in each other": (carried(100), ""),
    "800 kB of quotes": (mail("New words.\n\nOn Mon, Nov 2, 2026 a@b.example wrote:\n" + "> a quoted line\n" * 50_000), ""),
    "2.5 MB of text": (mail("word " * 500_000), LONG_TEXT),
    "2.2 MB of HTML": (mail("<div><b>word</b>" * 140_000, Content_Type="text/html"), LONG_TEXT),
    "a million signs that open no tag": (mail("<" * 1_000_000, Content_Type="text/html"), ""),
    "marks on one letter": (mail("a" + "\u0315\u0300" * 300_000, Content_Type="text/plain; charset=utf-8"), ""),
    "50,000 headers": (b"".join(b"X-%d: v\r\n" % one for one in range(50_000)) + mail("x"), LONG_HEADER),
    "one header of 5 MB": (mail("x", X_Big="a" * 5_000_000), LONG_HEADER),
    "20,000 references": (mail("x", References="<a@b> " * 20_000), ""),
    "10,000 recipients": (mail("x", To=", ".join(f"a{one}@b.example" for one in range(10_000))), ""),
    "10,000 encoded words": (mail("x", Subject=" =?utf-8?q?a?=" * 10_000), ""),
    "100,000 brackets in the sender": (mail("x", From="(" * 100_000 + "a@b.example"), ""),
    "5,000 pieces of a parameter": (mail("x", Content_Type="text/plain" + "".join(f"; n*{n}*=a" for n in range(5_000))), ""),
    "lines that almost part": (multipart("\r\nx").replace(b"--frontier--", b"--frontier x\r\n" * 100_000), ""),
    "a mail server that says nothing else": (mail("said: 550 " * 100_000, From="MAILER-DAEMON@x.example"), ""),
    "headers of forwards": (mail("From: a\nTo: b\n\n" * 50_000, Subject="Fwd: x"), ""),
    "soft line breaks": (mail("=\r\n" * 500_000, Content_Transfer_Encoding="quoted-printable"), ""),
    "50,000 events": (multipart("Content-Type: text/calendar\r\n\r\n" + "BEGIN:VEVENT\r\nSUMMARY:x\r\nEND:VEVENT\r\n" * 50_000), ""),
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_every_rule_ends_in_bounded_time(name: str) -> None:
    content, defect = BOMBS[name]
    before = time.process_time()
    read = parse(content)
    judge(read, Own("x"))
    read_report(read)
    claims(read, "secret")
    fingerprint(read)
    visible_reply(read.text)
    forwarded(read)

    assert time.process_time() - before < SECONDS
    assert len(read.text) <= MAX_TEXT
    assert len(read.attachments) <= MAX_ATTACHMENTS
    assert not defect or defect in read.defects


def test_quotes_of_800_kb_leave_the_new_words() -> None:
    assert visible_reply(parse(BOMBS["800 kB of quotes"][0]).text) == "New words."


class TestCompressedContents:
    """S/MIME can compress (RFC 3274): some kB may stand for gigabytes, many times in one mail."""

    def test_all_together_unpack_to_what_one_may(self) -> None:
        content = multipart(*[compressed_part(25_000_000)] * 30)
        assert len(content) < 5_000_000
        before = time.process_time()
        read = parse(content)

        assert time.process_time() - before < SECONDS
        assert "more packed contents than are opened: the others are in the original only" in read.defects
        unpacked = [len(one.content) for one in read.attachments if one.name != "smime.p7z"]
        assert sum(unpacked) <= MAX_UNPACKED
        assert len(read.text) <= MAX_TEXT

    def test_one_of_usual_size_is_read(self) -> None:
        [one] = parse(multipart(compressed_part(1_000))).defects
        assert one == "no empty line between headers and body", "zeros are no MIME part"


def test_a_large_file_takes_little_more_memory_than_itself() -> None:
    line = b"QUJD" * 19 + b"\r\n"
    head = b"Content-Type: a/b; name=huge.bin\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    content = multipart("\r\nhuge", head + line * 100_000)
    tracemalloc.start()
    try:
        read = parse(content)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(read.attachments[0].content) == 57 * 100_000
    assert peak < 4 * len(content)


class TestLongMessages:
    """What is longer than is shown says so, and nothing of it is lost."""

    WORDS = "".join(f"<p>Line {number} of what happened.</p>" for number in range(12_000))

    @pytest.mark.parametrize(
        ("kind", "body", "last"),
        [
            ("text/html; charset=utf-8", WORDS + "<p>The end, für ü.</p>", "The end, für ü.</p>"),
            ("text/plain; charset=utf-8", "Words and words.\r\n" * 20_000 + "The end, für ü.", "The end, für ü."),
            ("text/html; charset=utf-8", f"<!-- {'x' * 1_100_000} --><p>The end, für ü.</p>", "The end, für ü.</p>"),
            ("text/plain; charset=utf-8", "x" * 2_100_000 + "The end, für ü.", "The end, für ü."),
        ],
        ids=["words of HTML", "words", "source of HTML", "bytes"],
    )
    def test_all_of_it_is_attached_and_the_text_says_so(self, kind: str, body: str, last: str) -> None:
        read = parse(mail(body.encode(), Content_Type=kind))

        (whole,) = read.attachments
        assert read.is_cut
        assert "The end" not in read.text
        assert whole.name == ("whole-message.html" if "html" in kind else "whole-message.txt")
        assert whole.content.decode("utf-8-sig").rstrip().endswith(last)
        assert read.below == (
            f"(This message is longer than is shown here: it has {len(whole.content) // 1000} kB."
            " All of it is in the attached file whole-message.)"
        )

    def test_another_alphabet_is_readable_in_the_file(self) -> None:
        body = ("Слова и слова.\r\n" * 20_000).encode("koi8-r")
        (whole,) = parse(mail(body, Content_Type="text/plain; charset=koi8-r")).attachments

        assert whole.content.decode("utf-8-sig").startswith("Слова и слова.")

    def test_of_alternatives_the_one_that_is_shown(self) -> None:
        plain = "Content-Type: text/plain\r\n\r\n" + "Words and words.\n" * 20_000
        content = multipart(plain, f"Content-Type: text/html\r\n\r\n{self.WORDS}", subtype="alternative")

        assert [one.name for one in parse(content).attachments] == ["whole-message.txt"]

    def test_what_fits_says_nothing(self) -> None:
        read = parse(mail("x" * MAX_TEXT))

        assert (len(read.text), read.is_cut, read.below, read.attachments) == (MAX_TEXT, False, "", ())

    def test_of_what_a_mail_carries_the_file_itself_is_named(self) -> None:
        inner = mail("Words and words.\r\n" * 20_000)
        read = parse(multipart(b"Content-Type: message/rfc822\r\n\r\n".decode() + inner.decode()))

        assert [one.content_type for one in read.attachments] == ["message/rfc822"]
        assert read.below.endswith("(It is longer than is shown here. All of it is in the attached file.)")
