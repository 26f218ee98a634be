"""Parts in other formats: winmail.dat, S/MIME and OpenPGP, invitations, carried messages. Never an exception."""

from __future__ import annotations

import base64
import os
import struct
import time
import zlib
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from tests.support.mails import mail, multipart
from tierline.work.intake.rules import cms, invitation, parse, rtf, tnef

SHARED = Path(os.environ.get("TIERLINE_SHARED", Path(__file__).resolve().parents[3] / "shared"))


# winmail.dat, written attribute by attribute


def attribute(name: int, data: bytes, level: int = 2) -> bytes:
    return struct.pack("<BHHI", level, name, 6, len(data)) + data + b"\0\0"


def stream(*attributes: bytes) -> bytes:
    return b"\x78\x9f\x3e\x22\x01\x00" + b"".join(attributes)


def prop(name: int, value: bytes, kind: int = 258) -> bytes:
    return struct.pack("<HHII", kind, name, 1, len(value)) + value + b"\0" * (-len(value) % 4)


def props(*written: bytes) -> bytes:
    return struct.pack("<I", len(written)) + b"".join(written)


def file(name: str, content: bytes, *more: bytes) -> bytes:
    return (
        attribute(0x9002, b"\0" * 14)
        + attribute(0x8010, name.encode("cp1252") + b"\0")
        + attribute(0x800F, content)
        + (attribute(0x9005, props(*more)) if more else b"")
    )


def winmail(content: bytes, *, text: str = "") -> bytes:
    packed = base64.encodebytes(content).decode()
    return multipart(
        f"\r\n{text}",
        f"Content-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\n{packed}",
    )


class TestTnef:
    def test_files_come_out_with_their_long_names(self) -> None:
        long = prop(0x3707, "Größe der Rechnung.pdf".encode("utf-16-le") + b"\0\0", kind=31)
        kind = prop(0x370E, b"application/pdf\0", kind=30)
        read = parse(winmail(stream(file("GR~1.PDF", b"%PDF", long, kind), file("b.txt", b"bee")), text="Hello"))

        assert [(one.name, one.content_type, one.content) for one in read.attachments] == [
            ("Größe der Rechnung.pdf", "application/pdf", b"%PDF"),
            ("b.txt", "application/octet-stream", b"bee"),
        ]
        assert read.text == "Hello"

    def test_pictures_of_the_body_keep_their_id(self) -> None:
        picture = file("p.png", b"PNG", prop(0x3712, b"p1@x\0", kind=30))
        html = attribute(0x9003, props(prop(0x1013, b"<p>Bad <img src='cid:p1@x'></p>")), level=1)
        read = parse(winmail(stream(html, picture)))

        assert (read.text, read.html) == ("Bad", "<p>Bad <img src='cid:p1@x'></p>")
        assert (read.attachments[0].content_id, read.attachments[0].inline) == ("p1@x", True)

    @pytest.mark.parametrize(
        "body",
        [
            attribute(0x800C, b"Words\0", level=1),
            attribute(0x9003, props(prop(0x1000, b"Words\0", kind=30)), level=1),
            attribute(0x9003, props(prop(0x1000, "Words".encode("utf-16-le"), kind=31)), level=1),
            attribute(0x9003, props(prop(0x1009, b"\0" * 8 + b"MELA\0\0\0\0{\\rtf1 Words\\par}")), level=1),
        ],
    )
    def test_the_body_in_each_form(self, body: bytes) -> None:
        assert parse(winmail(stream(body))).text == "Words"
        assert parse(winmail(stream(body), text="Own words")).text == "Own words"

    def test_named_and_multiple_properties_are_stepped_over(self) -> None:
        by_number = struct.pack("<HH", 3, 0x8001) + b"g" * 16 + struct.pack("<II", 0, 7) + b"\1\0\0\0"
        by_name = struct.pack("<HH", 3, 0x8002) + b"g" * 16 + struct.pack("<II", 1, 4) + b"a\0\0\0" + b"\1\0\0\0"
        several = (
            struct.pack("<HHI", 31 | 0x1000, 0x3A, 2)
            + struct.pack("<I", 2)
            + b"a\0\0\0"
            + struct.pack("<I", 2)
            + b"b\0\0\0"
        )
        fixed = struct.pack("<HHI", 3 | 0x1000, 0x3B, 3) + b"\0" * 12
        found = tnef.unpack(
            stream(attribute(0x9003, props(by_number, by_name, several, fixed, prop(0x1000, b"Words\0", 30))))
        )

        assert found is not None
        assert found.text == "Words"

    def test_a_message_in_the_message_becomes_words(self) -> None:
        inner = stream(attribute(0x800C, b"Inner\0", level=1))
        found = tnef.unpack(stream(file("Fwd", b"x", prop(0x3701, b"i" * 16 + inner, kind=13))))

        assert found is not None
        assert [(one.name, one.content) for one in found.files] == [("Fwd.txt", b"Inner")]

    def test_what_is_no_tnef_stays_a_file(self) -> None:
        [only] = parse(winmail(b"no such thing")).attachments

        assert (only.name, only.content) == ("winmail.dat", b"no such thing")

    @given(st.binary(max_size=300), st.integers(0, 400), st.binary(min_size=1, max_size=8))
    def test_damage_never_raises(self, tail: bytes, at: int, noise: bytes) -> None:
        whole = stream(
            attribute(0x9003, props(prop(0x1000, b"Words\0", 30), prop(0x1009, b"\0" * 8 + b"LZFu" + tail))),
            file("a.txt", b"abc", prop(0x3707, b"long.txt\0", 30)),
        )
        tnef.unpack(whole[:at] + noise + whole[at + len(noise) :])
        tnef.unpack(b"\x78\x9f\x3e\x22" + tail)

    def test_a_thousand_files_are_bounded(self) -> None:
        found = tnef.unpack(stream(file("a", b"x") * 1000))

        assert found is not None
        assert len(found.files) == tnef.MAX_FILES

    @pytest.mark.skipif(not (SHARED / "data/tnef").is_dir(), reason="the public data is not here")
    def test_public_samples_give_the_same_files(self) -> None:
        results = {one.read_bytes() for one in (SHARED / "data/tnef/libytnef/results").iterdir()}
        samples = [
            one for one in (SHARED / "data/tnef").rglob("*") if one.suffix == ".tnef" or one.name == "winmail.dat"
        ]
        found = [tnef.unpack(one.read_bytes()) for one in samples]
        files = {one.content for each in found if each for one in each.files}

        assert all(each is not None for each in found)
        assert len(results & files) >= len(results) - 1


class TestRichText:
    def test_literals_and_references(self) -> None:
        packed = (
            struct.pack("<II4sI", 0, 14, b"LZFu", 0)
            + b"\x00{\\rtf1 a"
            + b"\x20bcbcb"
            + struct.pack(">H", (207 + 9) << 4 | 1)
            + b"}"
        )

        assert rtf.rtf_to_text(packed).startswith("abcbcb")

    @pytest.mark.parametrize(
        ("source", "words"),
        [
            (r"{\rtf1 a\par b\tab c}", "a\nb\tc"),
            (r"{\rtf1{\fonttbl{\f0 Arial;}}{\*\generator x;}word}", "word"),
            (r"{\rtf1 Gr\'f6\'dfe \u8364?}", "Größe \N{EURO SIGN}"),
            (r"{\rtf1 \{a\} \\ b\~c}", r"{a} \ b c"),
            (r"{\rtf1\ansi{\*\htmltag64 <p>}Text{\*\htmltag72 </p>}}", "Text"),
            ("}}}{{{", ""),
        ],
    )
    def test_words(self, source: str, words: str) -> None:
        assert rtf.rtf_to_text(b"\0" * 8 + b"MELA\0\0\0\0" + source.encode("latin-1")) == words

    @given(st.binary(max_size=400))
    def test_any_bytes(self, data: bytes) -> None:
        rtf.rtf_to_text(data)
        rtf.rtf_to_text(struct.pack("<II4sI", 0, 5000, b"LZFu", 0) + data)
        rtf.rtf_to_text(struct.pack("<II4sI", 0, 5000, b"MELA", 0) + data)

    def test_a_bomb_is_bounded(self) -> None:
        before = time.process_time()
        rtf.rtf_to_text(struct.pack("<II4sI", 0, 2**31, b"LZFu", 0) + b"\xff\x00\x1f" * 20_000)

        assert time.process_time() - before < 2


# S/MIME


@cache
def _signer() -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    return _certificate(ec.generate_private_key(ec.SECP256R1()))


def _certificate(key: object) -> tuple[x509.Certificate, object]:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Nora")])
    begins = datetime(2026, 1, 1, tzinfo=UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, begins, begins + timedelta(days=365))
    return made.sign(key, hashes.SHA256()), key


def signed(content: bytes) -> bytes:
    certificate, key = _signer()
    builder = pkcs7.PKCS7SignatureBuilder().set_data(content).add_signer(certificate, key, hashes.SHA256())
    return builder.sign(Encoding.DER, [pkcs7.PKCS7Options.Binary])


def smime(shell: bytes, kind: str = "signed-data") -> bytes:
    body = base64.encodebytes(shell)
    return mail(
        body,
        Content_Type=f"application/pkcs7-mime; smime-type={kind}; name=smime.p7m",
        Content_Transfer_Encoding="base64",
    )


INNER = b"Content-Type: text/plain; charset=utf-8\r\n\r\nBitte lesen: Gr\xc3\xb6\xc3\x9fe\r\n"


def ber(shell_oid: str, content: bytes) -> bytes:
    """The same in BER with indefinite lengths and the content in pieces, as streaming programs write it."""
    pieces = b"".join(b"\x04\x02" + content[at : at + 2] for at in range(0, len(content) // 2 * 2, 2))
    octets = b"\xa0\x80\x24\x80" + pieces + b"\0\0\0\0"
    inner = b"\x30\x80\x06\x09" + bytes.fromhex("2a864886f70d010701") + octets + b"\0\0"
    body = b"\xa0\x80\x30\x80\x02\x01\x01\x31\x00" + inner + b"\0\0\0\0"
    oid = bytes.fromhex(shell_oid)
    return b"\x30\x80\x06" + bytes([len(oid)]) + oid + body + b"\0\0"


class TestSmime:
    def test_the_content_of_an_opaque_signature_is_read(self) -> None:
        read = parse(smime(signed(INNER)))

        assert (read.text.strip(), read.signed, read.encrypted) == ("Bitte lesen: Größe", "S/MIME", "")
        assert read.attachments == ()

    def test_files_inside_it_are_attachments(self) -> None:
        inner = multipart("\r\nSee file", "Content-Type: text/csv; name=a.csv\r\n\r\n1,2")
        body = inner[inner.index(b"Content-Type: multipart") :]
        read = parse(smime(signed(body)))

        assert (read.text, [one.name for one in read.attachments]) == ("See file", ["a.csv"])

    def test_ber_in_pieces(self) -> None:
        assert cms.open_shell(ber("2a864886f70d010702", INNER + b"\n"))[1] in INNER + b"\n"
        assert parse(smime(ber("2a864886f70d010702", INNER))).signed == "S/MIME"

    def test_compressed(self) -> None:
        shell, inner = cms.open_shell(ber("2a864886f70d0109100109", zlib.compress(INNER) + b"\0"))

        assert (shell, inner) == (cms.Shell.COMPRESSED, INNER)

    def test_encrypted_says_so(self) -> None:
        certificate, _ = _certificate(rsa.generate_private_key(65537, 2048))
        builder = pkcs7.PKCS7EnvelopeBuilder().set_data(INNER).add_recipient(certificate)
        read = parse(smime(builder.encrypt(Encoding.DER, [pkcs7.PKCS7Options.Binary]), "enveloped-data"))

        assert (read.encrypted, read.text) == ("S/MIME", "")
        assert "encrypted with S/MIME" in read.below
        assert [one.name for one in read.attachments] == ["smime.p7m"]

    def test_shell_in_shell_ends(self) -> None:
        content = INNER
        for _ in range(8):
            packed = base64.encodebytes(signed(content))
            content = b"Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: base64\r\n\r\n" + packed

        assert len(parse(content).attachments) <= 1

    @given(st.binary(max_size=200), st.integers(0, 300), st.booleans())
    def test_damage_never_raises(self, noise: bytes, at: int, use_ber: bool) -> None:
        whole = ber("2a864886f70d010702", INNER) if use_ber else signed(INNER)
        cms.open_shell(whole[:at] + noise + whole[at + len(noise) :])
        cms.open_shell(noise)

    def test_deep_nesting_is_bounded(self) -> None:
        before = time.process_time()
        for data in (b"\x30\x80" * 20_000, b"\x24\x80" * 20_000, b"\x30\x84\xff\xff\xff\xff" * 10_000):
            cms.open_shell(data)
            cms.open_shell(ber("2a864886f70d010702", data))

        assert time.process_time() - before < 2


class TestOpenPgp:
    def test_a_signature_beside_is_not_checked_but_named(self) -> None:
        read = parse(
            multipart("\r\nHello", "Content-Type: application/pgp-signature; name=s.asc\r\n\r\nxx", subtype="signed")
        )

        assert (read.signed, read.text) == ("OpenPGP", "Hello")

    def test_encrypted_says_so(self) -> None:
        read = parse(
            multipart(
                "Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1",
                "Content-Type: application/octet-stream; name=encrypted.asc\r\n\r\n-----BEGIN PGP MESSAGE-----",
                subtype="encrypted",
            )
        )

        assert read.encrypted == "OpenPGP"
        assert "encrypted with OpenPGP" in read.below

    def test_signed_in_the_text(self) -> None:
        text = (
            "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nHello\n- -- \nNora\n"
            "-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n"
        )
        read = parse(mail(text))

        assert (read.signed, read.text.strip()) == ("OpenPGP", "Hello\n-- \nNora")

    def test_encrypted_in_the_text(self) -> None:
        assert parse(mail("-----BEGIN PGP MESSAGE-----\n\nabc\n-----END PGP MESSAGE-----")).encrypted == "OpenPGP"
        assert parse(mail("What is this? -----BEGIN PGP MESSAGE-----")).encrypted == ""

    def test_many_armours_are_bounded(self) -> None:
        before = time.process_time()
        _ = parse(mail("-----BEGIN PGP SIGNED MESSAGE-----\n\nx\n" * 20_000)).text

        assert time.process_time() - before < 2


CALENDAR = (
    "BEGIN:VCALENDAR\r\nMETHOD:{method}\r\nBEGIN:VEVENT\r\nSUMMARY:Review\\, second\r\n  part\r\n"
    "DTSTART;TZID=Europe/Berlin:20261102T090000\r\nDTEND;TZID=Europe/Berlin:20261102T093000\r\n"
    'LOCATION:Room 4\\nsecond floor\r\nORGANIZER;CN="Field, Nora":mailto:nora@customer.example\r\n'
    "ATTENDEE;PARTSTAT=DECLINED;CN=Bob:mailto:bob@customer.example\r\n"
    "BEGIN:VALARM\r\nSUMMARY:alarm\r\nEND:VALARM\r\n{more}END:VEVENT\r\nEND:VCALENDAR\r\n"
)


class TestInvitations:
    def _mail(self, method: str = "REQUEST", more: str = "", text: str = "Please come.") -> bytes:
        calendar = CALENDAR.format(method=method, more=more)
        return multipart(
            f"\r\n{text}",
            f"Content-Type: text/calendar; charset=utf-8; method={method}\r\n\r\n{calendar}",
            subtype="alternative",
        )

    def test_in_words(self) -> None:
        read = parse(self._mail())

        assert read.text == "Please come."
        assert read.below == (
            "Invitation: Review, second part\nWhen: 2026-11-02 09:00 to 09:30 Europe/Berlin\n"
            "Where: Room 4 second floor\nOrganiser: Field, Nora <nora@customer.example>"
        )
        assert [one.name for one in read.attachments] == ["part-1.ics"]

    @pytest.mark.parametrize(
        ("method", "more", "words"),
        [
            ("CANCEL", "", "Cancelled: Review"),
            ("REPLY", "", "Bob <bob@customer.example>: declined"),
            ("REQUEST", "RRULE:FREQ=DAILY\r\n", "Europe/Berlin (repeats)"),
            ("REQUEST", "STATUS:CANCELLED\r\n", "Cancelled: Review"),
            ("NONSENSE", "", "Calendar entry: Review"),
        ],
    )
    def test_methods(self, method: str, more: str, words: str) -> None:
        assert words in parse(self._mail(method, more)).below

    @pytest.mark.parametrize(
        ("times", "when"),
        [
            ("DTSTART;VALUE=DATE:20261102\nDTEND;VALUE=DATE:20261104", "2026-11-02 to 2026-11-04"),
            ("DTSTART:20261102T090000Z\nDTEND:20261103T100000Z", "2026-11-02 09:00 to 2026-11-03 10:00 UTC"),
            ("DTSTART:20261102T090000", "2026-11-02 09:00"),
            ("DUE:20261102T090000Z", "2026-11-02 09:00"),
            ("DTSTART:soon", ""),
        ],
    )
    def test_times(self, times: str, when: str) -> None:
        [found] = invitation.invitations(f"BEGIN:VEVENT\n{times}\nEND:VEVENT")

        assert found.when == when

    @given(st.text(max_size=300))
    def test_any_text(self, text: str) -> None:
        invitation.invitations(text)
        for found in invitation.invitations(f"BEGIN:VEVENT\n{text}\nDTSTART;{text}:{text}\nEND:VEVENT"):
            assert found.words

    def test_thousands_of_events_are_bounded(self) -> None:
        before = time.process_time()
        found = invitation.invitations("BEGIN:VEVENT\nSUMMARY:x\nEND:VEVENT\n" * 50_000)
        invitation.invitations("A;" * 100_000 + ":x\n" + 'B;X="' * 50_000)

        assert (len(found), time.process_time() - before < 2) == (20, True)


class TestCarriedMessages:
    def test_a_mail_without_words_shows_what_it_carries(self) -> None:
        inner = mail("The oven is cold.", From="Bob <bob@x.example>", Subject="Oven").decode()
        content = multipart(f"Content-Type: message/rfc822\r\n\r\n{inner}")

        assert parse(content).below == "(Carries a message)\nFrom: bob@x.example\nSubject: Oven\n\nThe oven is cold."
        assert parse(multipart("\r\nSee below", f"Content-Type: message/rfc822\r\n\r\n{inner}")).below == ""

    def test_message_in_message_in_message(self) -> None:
        content = mail("core")
        for _ in range(200):
            content = b"Subject: x\r\nContent-Type: message/rfc822\r\n\r\n" + content

        assert parse(content).below.startswith("(Carries a message)")


def test_thousands_of_parts_and_long_quotes_take_bounded_time() -> None:
    before = time.process_time()
    many = multipart(*(f"Content-Type: text/plain; name=f{number}.txt\r\n\r\n{number}" for number in range(5_000)))
    quote = mail("Yes.\n\nOn Mon, Nov 2, 2026 Desk <s@d.example> wrote:\n" + "> again and again\n" * 50_000)

    assert len(parse(many).attachments) == 200
    assert parse(quote).text.startswith("Yes.")
    assert time.process_time() - before < 2
