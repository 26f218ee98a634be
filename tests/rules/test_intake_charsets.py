"""Damaged text: one byte that cannot be read spoils one letter, and another charset is still recognised."""

import pytest

from tierline.work.intake.rules.charsets import GAP, decode

WORDS = {
    "utf-8": "Grüße, 中文 印刷できません",
    "big5": "中文說明",
    "gb2312": "打印机坏了",
    "euc-jp": "印刷できません。",
    "euc-kr": "한국어 설명",
    "koi8-r": "Принтер не печатает",
}


@pytest.mark.parametrize("charset", WORDS)
@pytest.mark.parametrize("damage", [b"\xff", b"\x80\xff"])
def test_a_damaged_byte_spoils_a_letter_and_not_the_text(charset: str, damage: bytes) -> None:
    words = WORDS[charset]
    whole = (words * 20).encode(charset)
    middle = len((words * 10).encode(charset))
    read = decode(whole[:middle] + damage + whole[middle:], charset)
    assert read.startswith(words * 9)
    assert read.endswith(words * 9)


@pytest.mark.parametrize("charset", ["utf-8", "big5", "gb2312", "euc-jp", "euc-kr"])
def test_a_text_that_was_cut_within_a_letter_is_still_read(charset: str) -> None:
    words = "".join(letter for letter in WORDS[charset] if not letter.isascii())
    cut = (words * 5).encode(charset)[:-1]
    assert decode(cut, charset).startswith(words * 4)


def test_a_cut_escape_leaves_what_was_before_it() -> None:
    words = "印刷できません。" * 10
    assert decode(words.encode("iso-2022-jp")[:-3] + b"\x1b", "iso-2022-jp").startswith(words[:-1])


@pytest.mark.parametrize(
    ("data", "charset", "expected"),
    [
        (b"sch\xf6n", "", "schön"),
        (b"sch\xf6n", "utf-8", "schön"),
        ("schön, süß".encode("cp1252"), "utf-8", "schön, süß"),
        ("schön".encode(), "iso-8859-1", "schön"),
        ("中文".encode(), "big5", "中文"),
        (b"plain", "iso-2022-jp", "plain"),
        (b"plain", "no-such-charset", "plain"),
        (b"", "utf-8", ""),
        (b"\x81", "iso-8859-1", GAP),
    ],
)
def test_a_charset_that_is_a_lie_is_still_seen_through(data: bytes, charset: str, expected: str) -> None:
    assert decode(data, charset) == expected
