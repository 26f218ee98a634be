"""Archives as evidence: what is read, what is refused in words, and that no archive costs more than is allowed."""

import bz2
import gzip
import io
import lzma
import random
import struct
import tarfile
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from tierline.work.diagnosis.rules.archives import Limits, TooMuch, Unpacking, members, shown
from tierline.work.diagnosis.rules.lines import MAX_LINE
from tierline.work.diagnosis.rules.reading import EvidenceReader, Reading, original_lines

QUICK = settings(max_examples=60, deadline=None)
LOG = b"2026-11-23 10:00:00 INFO up\n2026-11-23 10:00:05 ERROR down, password=hunter22\n"


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return target.getvalue()


def tarred(files: dict[str, bytes], kind: bytes = tarfile.REGTYPE, link: str = "") -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.type, info.linkname, info.size = kind, link, len(data)
            archive.addfile(info, io.BytesIO(data))
    return target.getvalue()


def read(data: bytes, name: str = "bundle", limits: Limits | None = None) -> tuple[Reading, str]:
    out = io.BytesIO()
    reading = EvidenceReader(out).read(io.BytesIO(data), name, Unpacking(limits or Limits()))
    return reading, out.getvalue().decode()


def names(data: bytes, limits: Limits | None = None) -> tuple[list[tuple[str, bytes]], list[str]]:
    state = Unpacking(limits or Limits())
    found = [(member.name, b"".join(member.chunks)) for member in members(io.BytesIO(data), "bundle.x", state)]
    return found, state.refused


PACKINGS = {
    "plain": lambda data: data,
    "zip": lambda data: zipped({"a.log": data}),
    "zip stored": lambda data: zipped({"a.log": data}, zipfile.ZIP_STORED),
    "zip bzip2": lambda data: zipped({"a.log": data}, zipfile.ZIP_BZIP2),
    "zip lzma": lambda data: zipped({"a.log": data}, zipfile.ZIP_LZMA),
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "xz in two parts": lambda data: lzma.compress(data[:40]) + lzma.compress(data[40:]),
    "tar.xz": lambda data: lzma.compress(tarred({"a.log": data})),
    "tar.bz2": lambda data: bz2.compress(tarred({"a.log": data})),
    "xz in zip": lambda data: zipped({"a.log.xz": lzma.compress(data)}),
    "gzip twice": lambda data: gzip.compress(gzip.compress(data)),
    "tar": lambda data: tarred({"a.log": data}),
    "tar.gz": lambda data: gzip.compress(tarred({"a.log": data})),
    "zip in zip": lambda data: zipped({"b.zip": zipped({"a.log": data})}),
    "gzip in zip": lambda data: zipped({"a.log.gz": gzip.compress(data)}),
    "zip in tar": lambda data: tarred({"a.zip": zipped({"a.log": data})}),
    "zst": zstandard.compress,
    "zst in two parts": lambda data: zstandard.compress(data[:40]) + zstandard.compress(data[40:]),
    "tar.zst": lambda data: zstandard.compress(tarred({"a.log": data})),
    "zst in zip": lambda data: zipped({"a.log.zst": zstandard.compress(data)}),
    "gzip in two parts": lambda data: gzip.compress(data[:40]) + gzip.compress(data[40:]),
}


@pytest.mark.parametrize("pack", PACKINGS.values(), ids=PACKINGS.keys())
def test_a_log_reads_the_same_however_it_is_packed(pack: object) -> None:
    reading, text = read(pack(LOG))  # type: ignore[operator]  # a function of the table above
    assert (reading.state, reading.lines, reading.reason, reading.refused) == ("ready", 2, "", [])
    assert reading.size == len(LOG)
    assert text == LOG.decode().replace("hunter22", "<password-1>")


@pytest.mark.parametrize("pack", PACKINGS.values(), ids=PACKINGS.keys())
def test_original_lines_are_found_however_they_are_packed(pack: object) -> None:
    data = pack(LOG)  # type: ignore[operator]  # as above
    assert original_lines(io.BytesIO(data), "bundle", Unpacking(), 2, 5) == [LOG.decode().splitlines()[1]]


def test_files_come_in_the_order_of_the_archive_and_their_lines_count_on() -> None:
    reading, text = read(zipped({"b.log": b"one\ntwo", "a.log": b"three\n", "folder/": b"", "folder/c.log": b"four\n"}))
    assert text == "one\ntwo\nthree\nfour\n"
    assert reading.members == ["b.log", "a.log", "c.log"]


def test_one_secret_has_one_name_in_all_files_of_a_bundle() -> None:
    _, text = read(zipped({"a.log": b"from 10.1.2.3\n", "b.log": b"10.1.2.4 then 10.1.2.3\n"}))
    assert text == "from <address-1>\n<address-2> then <address-1>\n"


CLOSED = {
    "7z": b"7z\xbc\xaf\x27\x1c\x00\x04" + bytes(60), "rar": b"Rar!\x1a\x07\x01\x00" + bytes(60),
    "z01": b"PK\x07\x08PK\x03\x04" + bytes(60), "lz4": b"\x04\x22\x4d\x18" + bytes(60), "cab": b"MSCF" + bytes(60),
}  # fmt: skip


@pytest.mark.parametrize("name", list(CLOSED))
def test_what_is_not_opened_is_told_by_its_kind_and_what_to_do(name: str) -> None:
    reading, text = read(CLOSED[name], f"logs.{name}")
    assert (reading.state, text) == ("refused", "")
    assert f"logs.{name}: it is" in reading.reason
    assert "send it as zip, tar, gz or zst" in reading.reason
    inside, _ = read(zipped({f"logs.{name}": CLOSED[name], "a.log": LOG}))
    assert (inside.state, inside.lines) == ("ready", 2)
    assert "which is not opened here" in inside.reason


def test_a_text_that_begins_like_a_packed_one_is_text() -> None:
    assert read(b"BZh is how a file begins\n")[0].lines == 1
    assert read(b"MSC is a company\n")[0].lines == 1


def test_a_member_that_is_no_text_is_named_and_the_rest_is_read() -> None:
    reading, _ = read(zipped({"core.dump": bytes(range(256)) * 20, "empty.log": b"", "a.log": LOG}))
    assert reading.refused == ["core.dump: the file is binary, not text", "empty.log: the file is empty"]
    assert (reading.state, reading.lines) == ("ready", 2)


@pytest.mark.parametrize(
    "data",
    [
        zipped({}),
        tarred({}) + b"\0" * 512,
        gzip.compress(b""),
        bz2.compress(b""),
        lzma.compress(b""),
        zipped({"x/": b""}),
    ],
    ids=[
        "zip",
        "tar",
        "gzip",
        "bzip2",
        "xz",
        "zip with a folder",
    ],  # archives hold the time: their bytes make no stable names
)
def test_an_archive_with_nothing_in_it_is_refused_with_a_reason(data: bytes) -> None:
    reading, text = read(data)
    assert (reading.state, text) == ("refused", "")
    assert reading.reason


KINDS = {
    "symbolic link": (tarfile.SYMTYPE, "/etc/passwd"),
    "hard link": (tarfile.LNKTYPE, "/etc/shadow"),
    "character device": (tarfile.CHRTYPE, ""),
    "block device": (tarfile.BLKTYPE, ""),
    "pipe": (tarfile.FIFOTYPE, ""),
}


@pytest.mark.parametrize(("kind", "link"), KINDS.values(), ids=KINDS.keys())
def test_a_link_or_device_in_a_tar_is_refused(kind: bytes, link: str) -> None:
    reading, text = read(tarred({"evil.log": b""}, kind, link))
    assert reading.refused == ["evil.log: it is a link or a device, not a file"]
    assert text == ""


def test_a_link_in_a_zip_is_refused() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        info = zipfile.ZipInfo("evil.log")
        info.external_attr = 0xA1FF << 16
        archive.writestr(info, "/etc/passwd")
        archive.writestr("a.log", LOG)
    reading, text = read(target.getvalue())
    assert reading.refused == ["evil.log: it is a link, not a file"]
    assert "/etc/passwd" not in text
    assert reading.lines == 2


def test_an_encrypted_member_is_refused() -> None:
    data = bytearray(zipped({"secret.log": LOG, "a.log": LOG}))
    at = data.index(b"PK\x01\x02")  # the first entry of the directory; its flags are 8 bytes in
    data[at + 8] |= 1
    reading, _ = read(bytes(data))
    assert reading.refused == ["secret.log: it is encrypted"]
    assert reading.members == ["a.log"]


PATHS = {
    "../../etc/cron.d/evil": "evil",
    "/etc/passwd": "passwd",
    "C:\\Windows\\system.log": "system.log",
    "..\\..\\evil.log": "evil.log",
    "a\x00b.log": "a?b.log",
    "line\nbreak.log": "line?break.log",
    "\x1b[31mred.log": "?[31mred.log",
    "": "(no name)",
    "/": "(no name)",
    "x" * 300: "x" * 80,
}


@pytest.mark.parametrize(("path", "name"), PATHS.items(), ids=range(len(PATHS)))
def test_a_path_is_only_a_name_fit_for_a_sentence(path: str, name: str) -> None:
    assert shown(path) == name


def test_reading_writes_nothing_anywhere_but_to_its_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "deep").mkdir()
    monkeypatch.chdir(tmp_path / "deep")
    read(zipped({"../up.log": LOG, "down/x.log": LOG}))
    read(tarred({"../up.log": LOG}))
    assert [path.name for path in tmp_path.rglob("*")] == ["deep"]


# --- bounds ---


def test_archives_inside_archives_are_opened_two_deep() -> None:
    data = LOG
    for depth in range(4):
        reading, _ = read(data)
        assert (reading.state == "ready") is (depth <= 2)
        data = zipped({f"{depth}.zip": data})
    assert "only two deep" in read(data)[0].reason


@pytest.mark.parametrize("pack", [zipped, tarred], ids=["zip", "tar"])
def test_more_files_than_allowed_stop_the_reading(pack: object) -> None:
    data = pack({f"{at}.log": LOG for at in range(9)})  # type: ignore[operator]  # one of the two above
    reading, _ = read(data, limits=Limits(members=3))
    assert reading.members == ["0.log", "1.log", "2.log"]
    assert reading.reason == "reading stopped: the archive has more than 3 files"


def test_the_files_of_inner_archives_count_too() -> None:
    inner = {f"{at}.zip": zipped({f"{at}-{one}.log": LOG for one in range(3)}) for at in range(3)}
    reading, _ = read(zipped(inner), limits=Limits(members=6))
    assert "more than 6 files" in reading.reason
    assert len(reading.members) == 4  # archives count as files as well


def test_more_bytes_than_allowed_stop_the_reading() -> None:
    rng = random.Random(5)
    noise = "".join(f"line {rng.random()}\n" for _ in range(20_000)).encode()
    for data in (gzip.compress(noise), tarred({"a.log": noise}), zipped({"a.log": noise[:200_000], "b.log": noise})):
        reading, text = read(data, limits=Limits(total=300_000))
        assert reading.size <= 300_000
        assert len(text) <= 300_000
        assert "than is allowed" in reading.reason
        assert reading.state == "ready"


def test_a_member_that_says_it_is_larger_than_allowed_is_not_opened() -> None:
    reading, _ = read(zipped({"big.log": b"x\n" * 300_000, "a.log": LOG}), limits=Limits(total=100_000))
    assert reading.refused == ["big.log: it would unpack to more than is allowed"]
    assert reading.members == ["a.log"]


def test_a_member_that_lies_about_its_size_is_stopped() -> None:
    data = bytearray(zipped({"bomb.log": b"0" * 5_000_000}))
    at = data.index(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 10)  # the size it says it unpacks to
    reading, text = read(bytes(data), limits=Limits(total=2_000_000))
    assert len(text) <= 2_000_000
    assert reading.reason


@pytest.mark.parametrize(
    "pack",
    [gzip.compress, bz2.compress, lzma.compress, lambda data: zipped({"bomb.log": data})],
    ids=["gzip", "bzip2", "xz", "zip"],
)
def test_a_bomb_is_stopped_by_what_it_was_packed_from(pack: object) -> None:
    data = pack(b"0" * 8_000_000)  # type: ignore[operator]  # one of the two above
    reading, _ = read(data)
    assert "over 200 times its packed size" in reading.reason
    assert reading.size < 3_000_000


def test_a_small_file_may_pack_well() -> None:
    reading, _ = read(zipped({"a.log": b"the same line\n" * 30_000}))
    assert (reading.reason, reading.lines) == ("", 30_000)


def test_an_inner_archive_larger_than_allowed_is_refused() -> None:
    rng = random.Random(6)
    inner = zipped({"a.log": rng.randbytes(300_000).hex().encode()}, zipfile.ZIP_STORED)
    reading, _ = read(zipped({"inner.zip": inner, "b.log": LOG}), limits=Limits(nested=100_000))
    assert reading.refused == ["inner.zip: an archive inside the archive is too large"]
    assert reading.members == ["b.log"]


def test_too_much_is_said_once_even_by_the_iterator_itself() -> None:
    with pytest.raises(TooMuch, match="more than 1 files"):
        names(zipped({"a.log": LOG, "b.log": LOG}), Limits(members=1))


def test_many_refusals_are_named_up_to_a_number() -> None:
    _, refused = names(tarred({f"{at}.log": b"" for at in range(60)}, tarfile.SYMTYPE, "/x"))
    assert len(refused) == 20


class Endless(io.RawIOBase):
    """A log of `size` bytes in lines of equal length, made while it is read."""

    def __init__(self, size: int, line: int) -> None:
        self._size, self._line, self._at = size, line, 0

    def seek(self, offset: int, whence: int = 0) -> int:
        assert (offset, whence) == (0, 0)  # nothing but back to the beginning, after the first look
        self._at = 0
        return 0

    def tell(self) -> int:
        return self._at

    def read(self, size: int = -1) -> bytes:
        piece = bytearray(b"x" * min(size, self._size - self._at))
        first = self._line - 1 - self._at % self._line
        piece[first :: self._line] = b"\n" * len(range(first, len(piece), self._line))
        self._at += len(piece)
        return bytes(piece)


@pytest.mark.parametrize(("line", "lines"), [(1_048_576, 50), (60_000_000, 1)], ids=["a megabyte each", "one line"])
def test_fifty_megabytes_are_read_in_a_few_megabytes_of_memory(line: int, lines: int) -> None:
    out = io.BytesIO()
    reader = EvidenceReader(out)
    tracemalloc.start()
    try:
        reading = reader.read(Endless(52_428_800, line), "big.log")  # type: ignore[arg-type]  # all a stream needs
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (reading.lines, reading.size) == (lines, 52_428_800)
    assert len(out.getvalue()) == lines * (MAX_LINE + 1)
    assert peak < 16_000_000
    assert f"{lines} overlong lines were cut after 64 kB" in reading.reason


# --- damage ---


def damaged(data: bytes, rng: random.Random) -> Iterator[bytes]:
    for _ in range(12):
        broken = bytearray(data)
        for _ in range(rng.randrange(1, 6)):
            broken[rng.randrange(len(broken))] = rng.randrange(256)
        yield bytes(broken)
    for share in (0.05, 0.3, 0.6, 0.95):
        yield data[: int(len(data) * share)]


@pytest.mark.parametrize("pack", PACKINGS.values(), ids=PACKINGS.keys())
def test_a_damaged_archive_never_raises_and_says_what_is_wrong(pack: object) -> None:
    data = pack(LOG * 30)  # type: ignore[operator]  # a function of the table above
    for broken in damaged(data, random.Random(3)):
        reading, text = read(broken)
        assert reading.state in {"ready", "refused"}
        assert reading.state == "ready" or reading.reason
        assert text.count("\n") == reading.lines


def long_log() -> bytes:
    rng = random.Random(2)
    return b"".join(b"line %d\n" % rng.randrange(10**12) for _ in range(40_000))


LATE = {
    "gzip cut short": (gzip.compress(long_log())[:-90_000], "EOFError"),
    "gzip with a flaw": (bytearray(gzip.compress(long_log())), "BadGzipFile"),
    "tar.gz cut short": (gzip.compress(tarred({"a.log": long_log()}))[:-90_000], "EOFError"),
}
LATE["gzip with a flaw"][0][-6] ^= 255  # in the check sum at the end


@pytest.mark.parametrize(("data", "error"), LATE.values(), ids=LATE.keys())
def test_what_comes_before_the_damage_is_read(data: bytes, error: str) -> None:
    reading, text = read(bytes(data))
    assert reading.state == "ready"
    assert reading.lines > 10_000
    assert long_log().decode().startswith(text.removesuffix("\n"))
    assert f"the rest is damaged or cut short ({error})" in reading.reason


def test_a_damaged_member_does_not_spoil_the_ones_behind_it() -> None:
    data = bytearray(zipped({"first.log": long_log(), "second.log": LOG}, zipfile.ZIP_STORED))
    data[60] ^= 1  # inside the first member: its check sum is wrong at its end
    reading, text = read(bytes(data))
    assert reading.members == ["first.log", "second.log"]
    assert text.endswith("password=<password-1>\n")
    assert reading.refused == ["first.log: the rest is damaged or cut short (BadZipFile)"]
    small = bytearray(zipped({"first.log": b"x" * 50, "second.log": LOG}, zipfile.ZIP_STORED))
    small[60] ^= 1
    assert read(bytes(small))[0].members[-1] == "second.log"


@QUICK
@given(st.binary(max_size=600), st.sampled_from([b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"\x1f\x8b\x08\x00"]))
def test_bytes_that_begin_like_an_archive_never_raise(data: bytes, magic: bytes) -> None:
    reading, _ = read(magic + data)
    assert reading.state in {"ready", "refused"}
    assert reading.state == "ready" or reading.reason


@QUICK
@given(st.lists(st.tuples(st.text(min_size=1, max_size=20), st.binary(max_size=200)), max_size=5))
def test_an_archive_of_anything_is_read_or_refused_member_by_member(files: list[tuple[str, bytes]]) -> None:
    unique = {f"{at}{name}".replace("/", "_").replace("\\", "_"): data for at, (name, data) in enumerate(files)}
    reading, text = read(zipped({key.encode("utf-8", "replace").decode(): data for key, data in unique.items()}))
    assert len(reading.members) + len(reading.refused) >= min(1, len(unique))
    assert text.count("\n") == reading.lines
