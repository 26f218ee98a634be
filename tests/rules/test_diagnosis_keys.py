"""Private keys over several lines: no part gets through, wherever the file is cut into chunks."""

import io
import random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tierline.work.diagnosis.rules.reading import EvidenceReader, Reading
from tierline.work.diagnosis.rules.redact import Names, Redactor

QUICK = settings(max_examples=40, deadline=None)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def body(lines: int, width: int = 64, seed: int = 1) -> list[str]:
    """Lines of base64 as a key has them, the last one short."""
    rng = random.Random(seed)
    whole = ["".join(rng.choices(LETTERS, k=width)) for _ in range(lines - 1)]
    return [*whole, "q" + "".join(rng.choices(LETTERS, k=9)) + "=="]


def pem(
    label: str = "RSA PRIVATE KEY", *, lines: int = 4, headers: tuple[str, ...] = (), width: int = 64, seed: int = 1
) -> list[str]:
    extra = [*headers, ""] if headers else []
    return [f"-----BEGIN {label}-----", *extra, *body(lines, width, seed), f"-----END {label}-----"]


PROC_TYPE = ("Proc-Type: 4,ENCRYPTED", "DEK-Info: AES-128-CBC,6F2B3C4D5E6F7A8B9C0D1E2F3A4B5C6D")
OPENVPN = [
    "-----BEGIN OpenVPN Static key V1-----",
    *(f"{at:032x}" for at in range(0xA1B2C3D4E5F60718293A4B5C6D7E8F90, 0xA1B2C3D4E5F60718293A4B5C6D7E8F90 + 4)),
    "-----END OpenVPN Static key V1-----",
]
SSH2 = [
    "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----",
    'Comment: "rsa-key-20261123"',
    *body(3, width=70),
    "---- END SSH2 ENCRYPTED PRIVATE KEY ----",
]
PUTTY = ["Private-Lines: 4", *body(4), "Private-MAC: 6f2b3c4d5e6f7a8b9c0d1e2f3a4b5c6d"]
KEYS = {
    "rsa": pem(),
    "pkcs8": pem("PRIVATE KEY"),
    "encrypted": pem("ENCRYPTED PRIVATE KEY"),
    "ec": pem("EC PRIVATE KEY", lines=2),
    "openssh": pem("OPENSSH PRIVATE KEY", lines=6),
    "pem with headers": pem(headers=PROC_TYPE),
    "pgp": pem("PGP PRIVATE KEY BLOCK", headers=("Version: GnuPG v2", "Comment: field laptop"), lines=6),
    "openvpn": OPENVPN,
    "ssh2": SSH2,
    "putty": PUTTY,
}
LOG = ["2026-11-23 10:00:00 INFO up", "2026-11-23 10:00:01 INFO rekey in 600 s", "2026-11-23 10:00:02 WARN late"]


class Pieces(io.BytesIO):
    """A stream that gives its bytes in pieces that end at these places, as a slow network or an archive may."""

    def __init__(self, data: bytes, cuts: list[int]) -> None:
        super().__init__(data)
        self._cuts = sorted(cuts)

    def read(self, size: int | None = -1) -> bytes:
        at = self.tell()
        piece = next((cut - at for cut in self._cuts if cut > at), None)
        wanted = -1 if size is None else size
        return super().read(wanted if piece is None or 0 <= wanted < piece else piece)


def read(text: str, cuts: list[int] | None = None) -> tuple[Reading, str]:
    out = io.BytesIO()
    reading = EvidenceReader(out).read(Pieces(text.encode(), cuts or []), "a.log")
    return reading, out.getvalue().decode()


def secret_lines(key: list[str]) -> list[str]:
    """What must not be readable: every line of the key but its first, last, header and empty ones."""
    return [line for line in key[1:-1] if line and ": " not in line]


def assert_hidden(key: list[str], safe: str) -> None:
    for line in secret_lines(key):
        assert line not in safe
        assert line[:12] not in safe
        assert line[-12:] not in safe


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS.keys())
def test_a_key_between_lines_is_one_name_and_the_rest_stays(key: list[str]) -> None:
    redactor = Redactor()
    safe = redactor.redact("\n".join([*LOG, *key, *LOG])).split("\n")
    assert safe == [*LOG, "<key-1>", *[""] * (len(key) - 1), *LOG]
    assert redactor.counts() == {"key": 1}


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS.keys())
def test_a_key_cut_short_at_any_line_is_hidden_and_the_log_goes_on(key: list[str]) -> None:
    for length in range(1, len(key)):
        cut = [*LOG, *key[:length], *LOG]
        safe = Redactor().redact("\n".join(cut)).split("\n")
        assert_hidden(key, "\n".join(safe))
        assert len(safe) == len(cut)
        assert safe[-len(LOG) :] == LOG
        assert safe[len(LOG)] == "<key-1>"


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS.keys())
def test_a_key_at_the_very_end_of_a_file_is_hidden(key: list[str]) -> None:
    for length in range(1, len(key) + 1):
        text = "\n".join([*LOG, *key[:length]])
        reading, safe = read(text)
        assert_hidden(key, safe)
        assert reading.masked == {"key": 1}
        assert reading.lines == safe.count("\n") == len(text.splitlines())


PREFIXES = {
    "stamp": "2026-11-23 10:04:0{at} INFO [worker-{at}] loader: ",
    "syslog": "Nov 23 10:04:0{at} gw-2 app[{at}1]: ",
    "quotation": "> ",
    "indent": "      ",
    "diff": "+",
    "json": '{{"at": 179542824{at}, "message": "',
}


@pytest.mark.parametrize("prefix", PREFIXES.values(), ids=PREFIXES.keys())
@pytest.mark.parametrize("whole", [True, False], ids=["whole", "cut short"])
def test_a_key_that_was_logged_line_by_line_is_hidden_to_its_last_line(prefix: str, whole: bool) -> None:
    key = pem(lines=5) if whole else pem(lines=5)[:-1]
    logged = [prefix.format(at=at) + line for at, line in enumerate(key)]
    safe = Redactor().redact("\n".join([*logged, *LOG])).split("\n")
    assert_hidden(key, "\n".join(safe))
    assert key[-2 if whole else -1] not in "\n".join(safe)
    assert safe[0] == prefix.format(at=0) + "<key-1>"
    assert safe[1].startswith(prefix.format(at=1).rstrip("'\"{ ")[:8])
    assert safe[-len(LOG) :] == LOG


def test_lines_of_other_threads_between_the_lines_of_a_key_stay() -> None:
    key = pem(lines=6)
    mixed = [key[0], key[1], "2026-11-23 10:00:00 INFO another thread speaks", *key[2:]]
    safe = Redactor().redact("\n".join(mixed)).split("\n")
    assert_hidden(key, "\n".join(safe))
    assert safe[2] == mixed[2]


def test_a_long_run_in_a_line_between_is_hidden_with_its_line_kept() -> None:
    key = pem(lines=6)
    mixed = [key[0], key[1], f"dump: {key[2]} of 6", *key[3:]]
    safe = Redactor().redact("\n".join(mixed)).split("\n")
    assert_hidden(key, "\n".join(safe))
    assert safe[2] == "dump: <key-1> of 6"


@pytest.mark.parametrize(
    "line",
    [
        '{"key": "-----BEGIN PRIVATE KEY-----\\nMIIEvQIBADANBgkq\\nhkiG9w0B\\n-----END PRIVATE KEY-----\\n", "a": 1}',
        'KEY="-----BEGIN PRIVATE KEY----- MIIEvQIBADANBgkq hkiG9w0B -----END PRIVATE KEY-----" ./run',
    ],
    ids=["json", "spaces"],
)
def test_a_key_in_one_line_leaves_the_rest_of_the_line(line: str) -> None:
    safe = Redactor().redact(line)
    before, _, rest = line.partition("-----BEGIN")
    after = rest.partition("-----END PRIVATE KEY-----")[2]
    assert safe == f"{before}<key-1>{after}"


def test_a_key_in_one_line_cut_short_is_hidden_to_the_end_of_the_line() -> None:
    safe = Redactor().redact('{"key": "-----BEGIN PRIVATE KEY-----\\nMIIEvQIBADANBgkq\\nhkiG\nnext line of the log')
    assert safe == '{"key": "<key-1>\nnext line of the log'


def test_two_keys_after_each_other_are_two_and_equal_keys_have_one_name() -> None:
    one, two = pem(seed=1), pem(seed=2)
    redactor = Redactor()
    safe = redactor.redact("\n".join([*one, *two, "between", *one]))
    assert [line for line in safe.split("\n") if line] == ["<key-1>", "<key-2>", "between", "<key-1>"]
    assert redactor.counts() == {"key": 3}


def test_two_keys_that_share_a_line_are_both_hidden() -> None:
    one, two = pem(seed=1), pem(seed=2)
    shared = [*one[:-1], f"{one[-1]} {two[0]}", *two[1:], "after"]
    safe = Redactor().redact("\n".join(shared))
    assert_hidden(one, safe)
    assert_hidden(two, safe)
    assert safe.endswith("\nafter")
    assert safe.count("\n") == len(shared) - 1


def test_a_public_key_and_a_certificate_are_no_secret() -> None:
    for label in ("PUBLIC KEY", "CERTIFICATE", "RSA PUBLIC KEY", "PGP PUBLIC KEY BLOCK"):
        text = "\n".join(pem(label))
        assert Redactor().redact(text) == text


def test_an_end_without_a_beginning_changes_nothing() -> None:
    text = "\n".join(["-----END RSA PRIVATE KEY-----", *LOG])
    assert Redactor().redact(text) == text


def test_a_key_does_not_go_on_in_the_next_file() -> None:
    redactor = Redactor()
    redactor.feed("-----BEGIN PRIVATE KEY-----\nAAAABBBBCCCCDDDDEEEE\n")
    assert redactor.finish() == "<key-1>\n\n"
    assert redactor.feed("word\n") == "word\n"


def test_lines_of_a_key_wait_for_its_end_and_come_in_order() -> None:
    redactor = Redactor()
    assert redactor.feed("before\n-----BEGIN PRIVATE KEY-----\n") == "before\n"
    assert redactor.feed("AAAABBBBCCCCDDDDEEEE\n") == ""
    assert redactor.feed("-----END PRIVATE KEY-----\nafter\n") == "<key-1>\n\n\nafter\n"
    assert redactor.finish() == ""


def test_an_endless_key_is_hidden_in_bounded_memory() -> None:
    redactor = Redactor()
    line = "A" * 64 + "\n"
    out = redactor.feed("-----BEGIN PRIVATE KEY-----\n")
    for _ in range(60):
        out += redactor.feed(line * 1_000)
        held = redactor._blocks[0]._block
        assert held is not None
        assert sum(map(len, held.parts)) <= 1_200_000
    out += redactor.feed("2026 a line\n" * 9) + redactor.finish()
    assert out.count("\n") == 60_010
    assert "AAAA" not in out
    assert out.startswith("<key-1>\n\n")
    assert out.endswith("2026 a line\n")


def test_a_key_longer_than_any_chunk_is_hidden() -> None:
    """16,384 bytes was once how far a key was followed."""
    key = pem("PGP PRIVATE KEY BLOCK", lines=6_000)
    text = "\n".join([*LOG, *key, *LOG, ""])
    reading, safe = read(text)
    assert "".join(safe.split("\n")) == "".join([*LOG, "<key-1>", *LOG])
    assert reading.lines == len(key) + 2 * len(LOG)
    assert safe.count("\n") == text.count("\n")


SHORT = [
    pem("EC PRIVATE KEY", lines=2, width=20),
    pem("PGP PRIVATE KEY BLOCK", lines=2, width=20, headers=("Version: 2",)),
    ["Private-Lines: 2", *body(2, 20), "Private-MAC: 6f2b3c4d5e"],
]


@pytest.mark.parametrize("key", SHORT, ids=["pem", "pgp", "putty"])
def test_a_chunk_may_end_at_every_position(key: list[str]) -> None:
    text = "\n".join([LOG[0], *key, LOG[1], ""])
    _, expected = read(text)
    assert_hidden(key, expected)
    for cut in range(1, len(text)):
        reading, safe = read(text, [cut])
        assert safe == expected
        assert reading.masked == {"key": 1}


def test_a_key_in_chunks_of_single_bytes_is_hidden() -> None:
    text = "\n".join([LOG[0], *KEYS["pem with headers"], LOG[1], ""])
    _, expected = read(text)
    _, safe = read(text, list(range(1, len(text))))
    assert safe == expected


PIECES = st.lists(
    st.one_of(
        st.sampled_from([*KEYS.values()]),
        st.sampled_from([*KEYS.values()]).map(lambda key: key[: len(key) // 2]),
        st.sampled_from([[line] for line in LOG]),
        st.just(["password=hunter22 for ines@field.example from 10.1.2.3"]),
        st.just([""]),
        st.just(["word"]),
        st.just(["size 1234 größe"]),
    ),
    max_size=6,
).map(lambda pieces: [line for piece in pieces for line in piece])


@QUICK
@given(PIECES, st.lists(st.integers(1, 4_000), max_size=8), st.sampled_from(["\n", "\r\n"]))
@example([*pem(lines=9), "after"], [30, 31, 32, 600], "\r\n")
def test_cutting_the_bytes_elsewhere_changes_nothing(lines: list[str], cuts: list[int], end: str) -> None:
    text = end.join(lines) + end
    whole, expected = read(text)
    pieces, safe = read(text, cuts)
    assert safe == expected
    assert (pieces.masked, pieces.lines) == (whole.masked, whole.lines)
    for key in KEYS.values():
        assert_hidden(key, safe)
    assert "hunter22" not in safe
    assert "ines@" not in safe
    assert "10.1.2.3" not in safe


@QUICK
@given(PIECES, st.data())
def test_feeding_line_by_line_or_at_once_is_the_same(lines: list[str], data: st.DataObject) -> None:
    text = "".join(f"{line}\n" for line in lines)
    cut = data.draw(st.integers(0, len(lines)))
    one, two = Redactor(names=Names(b"k")), Redactor(names=Names(b"k"))
    first = one.feed(text) + one.finish()
    parts = ["".join(f"{line}\n" for line in part) for part in (lines[:cut], lines[cut:])]
    assert two.feed(parts[0]) + two.feed(parts[1]) + two.finish() == first
    assert one.counts() == two.counts()
    assert first.count("\n") == text.count("\n")
