"""Reading mail: what is there is found, what is broken is read as well as it can be, nothing raises."""

from __future__ import annotations

import base64
import os
import time

import pytest

from tests.support.mails import mail, multipart
from tierline.work.intake.rules import parse
from tierline.work.intake.rules.charsets import decode, decoder_for
from tierline.work.intake.rules.headers import Address, addresses, decode_words, parse_headers, parse_value
from tierline.work.intake.rules.html_text import html_to_text
from tierline.work.intake.rules.mime import MAX_DEPTH, MAX_PARTS, decode_transfer
from tierline.work.intake.rules.parse import MAX_ATTACHMENTS, MAX_TEXT, message_ids, safe_name


class TestCharsets:
    @pytest.mark.parametrize(
        ("data", "label", "text"),
        [
            ("Grüße".encode(), "utf-8", "Grüße"),
            ("Grüße".encode("latin-1"), "iso-8859-1", "Grüße"),
            ("Grüße".encode("latin-1"), "", "Grüße"),
            ("Grüße".encode("latin-1"), "no-such-charset", "Grüße"),
            ("Grüße".encode(), "us-ascii", "Grüße"),
            ("“quoted”".encode("cp1252"), "iso-8859-1", "“quoted”"),
            ("日本語".encode("iso-2022-jp"), "ISO-2022-JP", "日本語"),
            ("日本語".encode("cp932"), "x-sjis", "日本語"),
            ("中文".encode("gb18030"), "gb2312", "中文"),
            ("한국어".encode("cp949"), "ks_c_5601-1987", "한국어"),
            ("שלום".encode("iso-8859-8"), "iso-8859-8-i", "שלום"),
            ("Ωmega".encode("utf-16"), "utf-16", "Ωmega"),
            (b"+AOQ-", "unicode-1-1-utf-7", "ä"),
            (b"a\x00b", "utf-8", "ab"),
        ],
    )
    def test_the_declared_charset_or_the_likely_one(self, data: bytes, label: str, text: str) -> None:
        assert decode(data, label) == text

    @pytest.mark.parametrize(
        "label", ["rot13", "zlib", "punycode", "idna", "unicode_escape", "undefined", "hex", "\0", "x" * 500]
    )
    def test_codecs_that_are_no_charset_are_not_used(self, label: str) -> None:
        assert decoder_for(label) == ""
        assert decode(b"plain", label) == "plain"

    def test_bytes_that_fit_nothing_leave_a_mark_and_keep_the_rest(self) -> None:
        assert decode(b"ab\x81\xffcd", "utf-8") == "ab\ufffd\ufffdcd"

    def test_lone_surrogates_never_come_out(self) -> None:
        decode(b"+2AA-x", "utf-7").encode()
        decode("a\ud800b".encode("utf-16-le", "surrogatepass"), "utf-16-le").encode()


class TestHeaders:
    @pytest.mark.parametrize(
        ("raw", "text"),
        [
            ("plain", "plain"),
            ("=?utf-8?q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
            ("=?UTF-8?B?R3LDvMOfZQ==?= aus =?iso-8859-1?Q?K=F6ln?=", "Grüße aus Köln"),
            ("=?utf-8?b?R3LDvA==?= =?utf-8?b?w59l?=", "Grüße"),
            ("=?utf-8?b?w4M=?=\t =?utf-8?b?", "Ã\t =?utf-8?b?"),
            ("=?utf-8?q?a_b?=c", "a bc"),
            ("=?utf-8?B?w7w?=", "ü"),
            ("=?utf-8*de?q?=C3=BC?=", "ü"),
            ("=?x-unknown?q?abc?=", "abc"),
            ("=?utf-8?q??=", ""),
            ("=?utf-8?x?abc?=", "=?utf-8?x?abc?="),
            ("a =? b", "a =? b"),
        ],
    )
    def test_encoded_words(self, raw: str, text: str) -> None:
        assert decode_words(raw) == text

    def test_a_character_cut_in_two_words_is_whole_again(self) -> None:
        first, second = base64.b64encode(b"\xc3").decode(), base64.b64encode(b"\xbc").decode()

        assert decode_words(f"=?utf-8?b?{first}?= =?utf-8?b?{second}?=") == "ü"

    def test_folded_lines_are_one_value(self) -> None:
        headers, rest = parse_headers(b"Subject: one\r\n two\r\n\tthree\r\nTo: x\r\n")

        assert (headers.get("subject"), headers.get("to"), rest) == ("one two three", "x", b"")

    def test_all_values_of_a_name_and_any_case(self) -> None:
        headers, _ = parse_headers(b"received: a\nReceived: b\n")

        assert headers.all("received") == ["a", "b"]
        assert "received" in headers
        assert "x-nothing" not in headers

    def test_raw_utf8_and_raw_latin1(self) -> None:
        headers, _ = parse_headers("Subject: Grüße\nX-Old: ".encode() + b"K\xf6ln\n")

        assert (headers.text("subject"), headers.text("x-old")) == ("Grüße", "Köln")

    def test_what_is_no_header_begins_the_body(self) -> None:
        headers, rest = parse_headers(b"Subject: x\nthis is text\nTo: y\n")

        assert headers.items == (("subject", "x"),)
        assert rest == b"this is text\nTo: y\n"

    @pytest.mark.parametrize(
        ("value", "main", "params"),
        [
            ("text/plain; charset=utf-8", "text/plain", {"charset": "utf-8"}),
            ('TEXT/Plain ; charset="utf-8"; name = "a b.txt"', "text/plain", {"charset": "utf-8", "name": "a b.txt"}),
            ('attachment; filename="a \\"b\\".txt"', "attachment", {"filename": 'a "b".txt'}),
            ("attachment; filename*=UTF-8''%C3%BC.txt", "attachment", {"filename": "ü.txt"}),
            ("attachment; filename*0=long-; filename*1=name.txt", "attachment", {"filename": "long-name.txt"}),
            ("attachment; filename*1=b; filename*0*=iso-8859-1'de'%FC", "attachment", {"filename": "üb"}),
            ("attachment; filename==?utf-8?q?=C3=BC.txt?=", "attachment", {"filename": "ü.txt"}),
            ('attachment; filename="open', "attachment", {"filename": "open"}),
            ("attachment; filename=a; filename=b", "attachment", {"filename": "a"}),
            ("", "", {}),
            (";;;=;", "", {}),
        ],
    )
    def test_parameters(self, value: str, main: str, params: dict[str, str]) -> None:
        assert parse_value(value) == (main, params)

    @pytest.mark.parametrize(
        ("value", "found"),
        [
            ("a@b.example", [("a@b.example", "")]),
            ("A B <A@B.example>", [("a@b.example", "A B")]),
            ('"B, A" <a@b.example>, c@d.example', [("a@b.example", "B, A"), ("c@d.example", "")]),
            ("=?utf-8?q?J=C3=BCrgen?= <j@b.example>", [("j@b.example", "Jürgen")]),
            ("a@b.example (comment)", [("a@b.example", "comment")]),
            ("jürgen@müller.example", [("jürgen@müller.example", "")]),
            ("(" * 50_000, []),
            ("nobody here", []),
            ("<>", []),
            ("broken <a@b.example", [("a@b.example", "broken")]),
        ],
    )
    def test_addresses(self, value: str, found: list[tuple[str, str]]) -> None:
        assert [(one.email, one.name) for one in addresses(value)] == found


class TestTransfer:
    @pytest.mark.parametrize(
        ("body", "encoding", "content"),
        [
            (b"aGVs\r\nbG8=", "base64", b"hello"),
            (b"aGVsbG8", "BASE64", b"hello"),
            (b"aGVsb!G8=\n-- footer of a list", " base64 ; x", None),
            (b"=C3=BC=\r\nx", "quoted-printable", b"\xc3\xbcx"),
            (b"100% =ZZ", "quoted-printable", b"100% =ZZ"),
            (b"begin 644 f\n%:&5L;&\\\n`\nend\n", "x-uuencode", b"hello"),
            (b"begin 644 f\n\xff\xff\nend\n", "uuencode", b"begin 644 f\n\xff\xff\nend\n"),
            (b"a=20b", "7bit", b"a=20b"),
            (b"a", "never-heard-of", b"a"),
        ],
    )
    def test_encodings(self, body: bytes, encoding: str, content: bytes | None) -> None:
        decoded = decode_transfer(body, encoding)
        assert decoded.startswith(b"hello") if content is None else decoded == content


class TestStructure:
    def test_a_plain_mail(self) -> None:
        read = parse(mail("Hello\r\nthere\r\n", Message_ID="<1@x.example>", Cc="c@d.example"))

        assert read.text == "Hello\nthere"
        assert read.sender == Address("nora@customer.example", "Nora Field")
        assert [one.email for one in read.recipients] == ["support@desk.example", "c@d.example"]
        assert (read.message_id, read.subject, read.html, read.attachments) == (
            "1@x.example",
            "Printer on fire",
            "",
            (),
        )
        assert read.defects == ()

    def test_of_two_forms_the_plain_one_is_read_and_the_html_kept(self) -> None:
        read = parse(
            multipart(
                "Content-Type: text/plain\r\n\r\nplain words",
                "Content-Type: text/html\r\n\r\n<p>html words</p>",
                subtype="alternative",
            )
        )

        assert (read.text, read.html) == ("plain words", "<p>html words</p>")

    def test_html_alone_is_turned_into_words(self) -> None:
        assert parse(mail("<p>one</p><p>two</p>", Content_Type="text/html")).text == "one\n\ntwo"

    def test_an_empty_plain_form_does_not_hide_the_html(self) -> None:
        read = parse(
            multipart(
                "Content-Type: text/plain\r\n\r\n \r\n",
                "Content-Type: text/html\r\n\r\n<b>words</b>",
                subtype="alternative",
            )
        )

        assert read.text == "words"

    def test_the_footer_of_a_list_comes_after_html(self) -> None:
        read = parse(multipart("Content-Type: text/html\r\n\r\n<p>main</p>", "Content-Type: text/plain\r\n\r\nfooter"))

        assert read.text == "main\n\nfooter"

    def test_a_mail_in_a_mail_stays_whole(self) -> None:
        inner = mail("inner words", Subject="inner")
        read = parse(multipart("\r\nouter words", b"Content-Type: message/rfc822\r\n\r\n" + inner))

        [attached] = read.attachments
        assert (read.text, attached.name) == ("outer words", "part-1.eml")
        assert attached.content == inner
        assert parse(attached.content).text == "inner words"

    def test_signed_and_encrypted_parts_are_kept(self) -> None:
        read = parse(
            multipart(
                "Content-Type: text/plain\r\n\r\nsigned words",
                "Content-Type: application/pgp-signature; name=signature.asc\r\n\r\n-----BEGIN PGP",
                subtype="signed",
            )
        )

        assert read.text == "signed words"
        assert [one.name for one in read.attachments] == ["signature.asc"]

    def test_an_inline_image_knows_its_place(self) -> None:
        read = parse(
            multipart(
                'Content-Type: text/html\r\n\r\n<img src="cid:a@b">',
                "Content-Type: image/png; name=a.png\r\nContent-ID: <a@b>\r\nContent-Disposition: inline\r\n"
                "Content-Transfer-Encoding: base64\r\n\r\niVBORw0=",
                subtype="related",
            )
        )

        [image] = read.attachments
        assert (image.content_id, image.inline, image.content[:4]) == ("a@b", True, b"\x89PNG")

    def test_a_text_with_a_name_is_a_file(self) -> None:
        read = parse(multipart("\r\nwords", 'Content-Type: text/plain; name="x.log"\r\n\r\nline'))

        assert (read.text, read.attachments[0].content) == ("words", b"line")

    def test_parts_within_parts(self) -> None:
        inner = multipart("\r\ndeep words").partition(b"Content-Type")[2].replace(b"frontier", b"inner")
        read = parse(multipart(b"Content-Type" + inner, "Content-Type: a/b; name=f\r\n\r\nfile"))

        assert (read.text, [one.name for one in read.attachments]) == ("deep words", ["f"])

    @pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r", b"\r\r\n"])
    def test_every_kind_of_line_end(self, line_end: bytes) -> None:
        content = multipart("Content-Type: text/plain\r\n\r\nwords", "Content-Type: a/b; name=f\r\n\r\nfile")
        read = parse(content.replace(b"\r\n", line_end))

        assert (read.text, read.sender.email, read.attachments[0].content) == (
            "words",
            "nora@customer.example",
            b"file",
        )

    @pytest.mark.parametrize("before", [b"\xef\xbb\xbf", b"\r\n\r\n", b"From nora Mon Nov  2 2026\n", b">From x\n"])
    def test_what_stands_before_the_first_header(self, before: bytes) -> None:
        assert parse(before + mail("words")).text == "words"


class TestBroken:
    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"\n",
            b"\0",
            b"\r",
            b"just words",
            b":",
            b": x\n\n",
            b"\xff\xfe" * 50,
            b"From:",
            b"--",
            b"Content-Type: multipart/mixed",
        ],
    )
    def test_anything_is_accepted(self, content: bytes) -> None:
        read = parse(content)

        assert read.size == len(content)
        assert read.sender is None

    def test_binary_rubbish_is_accepted(self) -> None:
        for _ in range(50):
            parse(os.urandom(2000))

    def test_no_closing_delimiter(self) -> None:
        read = parse(multipart("\r\nwords", "Content-Type: a/b; name=f\r\n\r\nfile").replace(b"--frontier--", b""))

        assert (read.text, read.attachments[0].content.strip()) == ("words", b"file")
        assert read.defects == ("the closing delimiter is missing",)

    def test_no_boundary_reads_the_body_as_text(self) -> None:
        read = parse(mail("words", Content_Type="multipart/mixed"))

        assert (read.text, read.defects) == ("words", ("multipart without a boundary",))

    def test_a_boundary_that_never_comes(self) -> None:
        assert parse(mail("words", Content_Type='multipart/mixed; boundary="x"')).text == "words"

    def test_a_boundary_inside_a_line_is_no_delimiter(self) -> None:
        read = parse(multipart("\r\nsee --frontier here\r\n--frontierland is near"))

        assert read.text == "see --frontier here\n--frontierland is near"

    def test_no_empty_line_after_the_headers(self) -> None:
        read = parse(b"From: a@b.example\nSubject: x\nHello there\nmore\n")

        assert (read.sender.email, read.text) == ("a@b.example", "Hello there\nmore")
        assert read.defects

    def test_headers_alone(self) -> None:
        assert parse(b"From: a@b.example\r\nSubject: x").subject == "x"

    def test_a_charset_that_lies(self) -> None:
        read = parse(mail("naïve".encode("latin-1"), Content_Type="text/plain; charset=utf-8"))

        assert read.text == "naïve"

    def test_nul_bytes_and_surrogates_do_not_reach_the_database(self) -> None:
        read = parse(mail(b"a\x00b\xed\xa0\x80c", Subject="x\x00=?utf-7?q?+2AA-?=", From="n\x00@x.example"))

        for text in (read.text, read.subject, read.sender.email if read.sender else ""):
            assert "\x00" not in text
            text.encode()

    def test_missing_headers_are_empty(self) -> None:
        read = parse(b"\nwords")

        assert (read.text, read.subject, read.message_id, read.sender) == ("words", "", "", None)

    @pytest.mark.parametrize("name", ["Sender", "Reply-To", "Return-Path"])
    def test_without_from_another_header_names_the_sender(self, name: str) -> None:
        assert parse(mail(From=None, **{name: "<x@y.example>"})).sender == Address("x@y.example")


class TestNames:
    @pytest.mark.parametrize(
        ("given", "kept"),
        [
            ("report.pdf", "report.pdf"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\x\\file.txt", "file.txt"),
            ("a\u202egnp.exe", "gnp.exe"),
            ("a\nb.txt", "b.txt"),
            ("...", ""),
            ("x" * 300 + ".log", "x" * 180 + ".log"),
            ("x" * 300, "x" * 200),
        ],
    )
    def test_names_are_harmless(self, given: str, kept: str) -> None:
        assert safe_name(given) == kept

    def test_ids(self) -> None:
        assert message_ids("<a@b> <c@d>\t<a@b>") == ("a@b", "c@d")
        assert message_ids("a@b") == ("a@b",)
        assert message_ids("nothing") == ()
        assert len(message_ids(" ".join(f"<{n}@x>" for n in range(500)))) == 100


class TestHtml:
    @pytest.mark.parametrize(
        ("source", "text"),
        [
            ("one<br>two", "one\ntwo"),
            ("<p>a</p><p>b</p>", "a\n\nb"),
            ("a &amp; b &uuml; &#8364; &nbsp;c", "a & b ü € c"),
            ("<ul><li>one<li>two</ul>", "- one\n- two"),
            ("<table><tr><td>a<td>b</tr><tr><td>c</tr></table>", "a b\nc"),
            ("<blockquote>said<br>before</blockquote>new", "> said\n> before\n\nnew"),
            ("<pre>a\n  b</pre>", "a\n  b"),
            ("x<style>p{}</style>y<script>z<b></script>!", "xy!"),
            ("a<!-- <p>hidden</p> -->b", "ab"),
            ("<head><title>t</title></head><body>b</body>", "b"),
            ("1 < 2 and <b>bold", "1 < 2 and bold"),
            ("cut <a href='x", "cut"),
            ("cut <!-- never closed", "cut"),
            ("cut <script> never closed", "cut"),
            ("<!DOCTYPE html><?xml?></p>x", "x"),
            ("", ""),
        ],
    )
    def test_words(self, source: str, text: str) -> None:
        assert html_to_text(source) == text


class TestBounds:
    """Each of these takes tenths of a second; the limit leaves room for a busy machine."""

    SECONDS = 4

    def _read(self, content: bytes):  # noqa: ANN202 (ParsedMail)
        began = time.process_time()
        read = parse(content)
        assert time.process_time() - began < self.SECONDS
        return read

    def test_thousands_of_parts(self) -> None:
        read = self._read(multipart(*["Content-Type: a/b; name=f\r\n\r\nx"] * 10_000))

        assert len(read.attachments) == MAX_ATTACHMENTS < MAX_PARTS
        assert any("attachments" in one for one in read.defects)

    def test_thousands_of_levels(self) -> None:
        levels = b"".join(
            b'--b%d\r\nContent-Type: multipart/mixed; boundary="b%d"\r\n\r\n' % (n, n + 1) for n in range(2000)
        )
        read = self._read(mail(levels + b"end", Content_Type='multipart/mixed; boundary="b0"'))

        assert "nested deeper than is read" in read.defects
        assert MAX_DEPTH < 100

    def test_fifty_megabytes(self) -> None:
        line, lines = os.urandom(57), 650_000
        read = self._read(
            multipart(
                "\r\nsee attached",
                b"Content-Type: application/zip; name=a.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n"
                + (base64.b64encode(line) + b"\r\n") * lines,
            )
        )

        assert (read.text, read.attachments[0].content == line * lines) == ("see attached", True)

    @pytest.mark.parametrize(
        "content",
        [
            mail(b"x" * 10_000_000),
            mail(b"> " * 3_000_000),
            mail(Subject="x" * 5_000_000),
            mail(Subject="x\r\n " * 500_000),
            mail(From='"a" <a@b.example>, ' * 30_000),
            mail(From="(" * 100_000),
            mail(Subject="=?utf-8?q?x?= " * 30_000),
            mail(Subject="=?" * 100_000),
            mail(Content_Type="text/plain" + '; a*1*="x' * 10_000),
            mail(b"--B--B" * 1_000_000, Content_Type="multipart/mixed; boundary=B"),
            mail(b"\n--Bx" * 1_000_000, Content_Type="multipart/mixed; boundary=B"),
            mail(b"<a" * 1_000_000, Content_Type="text/html"),
            mail(b"<p>" * 150_000, Content_Type="text/html"),
            mail(b"<!--" * 500_000, Content_Type="text/html"),
            mail(b"<blockquote>x" * 50_000, Content_Type="text/html"),
            mail(b"&" * 1_000_000, Content_Type="text/html"),
        ],
        ids=range(16),
    )
    def test_made_to_be_slow(self, content: bytes) -> None:
        read = self._read(content)

        assert len(read.text) <= MAX_TEXT


@pytest.mark.parametrize("kind", ["text/x-amp-html", "text/watch-html", "text/enriched"])
def test_the_same_words_for_one_sort_of_program_are_no_file(kind: str) -> None:
    plain, html = "Content-Type: text/plain\r\n\r\nHello", "Content-Type: text/html\r\n\r\n<p>Hello</p>"
    odd = f"Content-Type: {kind}; charset=utf-8\r\n\r\n<html amp4email>Hello</html>"
    read = parse(multipart(plain, odd, html, subtype="alternative"))

    assert (read.text, read.html, read.attachments) == ("Hello", "<p>Hello</p>", ())
    named = parse(multipart(plain, odd.replace("; charset", "; name=a.txt; charset"), subtype="alternative"))
    assert [one.name for one in named.attachments] == ["a.txt"]
    assert len(parse(multipart(plain, odd)).attachments) == 1, "beside the words it is a file"
