"""Archives that were made to hurt, each made here: read as far as it is honest, refused by name where it is not."""

import copy
import gzip
import io
import lzma
import random
import struct
import tarfile
import time
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import zstandard

from tierline.work.diagnosis.rules.archives import Limits, TooMuch, Unpacking, members
from tierline.work.diagnosis.rules.reading import EvidenceReader, Reading

LOG = b"2026-11-23 10:00:00 INFO up\n2026-11-23 10:00:05 ERROR down\n"
MB = 1024 * 1024
SMALL = Limits(total=8 * MB)


def read(data: bytes, name: str = "bundle", limits: Limits = SMALL) -> Reading:
    return EvidenceReader(io.BytesIO()).read(io.BytesIO(data), name, Unpacking(limits))


@contextmanager
def within(seconds: float, megabytes: float) -> Iterator[None]:
    """So much computing and so much memory at most, with room for a slow machine."""
    began = time.process_time()
    tracemalloc.start()
    try:
        yield
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert time.process_time() - began < seconds
    assert peak < megabytes * MB


def zipped(*files: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytearray:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return bytearray(target.getvalue())


def tarred(*files: tuple[tarfile.TarInfo, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=form) as archive:
        for info, data in files:
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return target.getvalue()


def plain(name: str = "a.log") -> tuple[tarfile.TarInfo, bytes]:
    return tarfile.TarInfo(name), LOG


def directory(data: bytearray, number: int = 0) -> int:
    """Where the entry of a file begins in the list at a zip's end."""
    at = -1
    for _ in range(number + 1):
        at = data.index(b"PK\x01\x02", at + 1)
    return at


# --- Zstandard ---


def test_a_zstandard_file_with_frames_to_be_skipped_is_read() -> None:
    skipped = struct.pack("<LL", 0x184D2A50, 5) + b"notes"
    data = zstandard.compress(LOG) + skipped + zstandard.compress(LOG)
    assert (read(data, "a.log.zst").lines, read(data, "a.log.zst").members) == (4, ["a.log"])


def test_a_zstandard_file_that_breaks_off_is_read_up_to_there_and_says_so() -> None:
    log = "".join(f"line {random.Random(at).random()}\n" for at in range(60_000)).encode()
    packed = zstandard.compress(log)
    reading = read(packed[: len(packed) * 3 // 4], "a.log.zst")
    assert reading.state == "ready"
    assert 20_000 < reading.lines < 60_000
    assert reading.reason == "a.log: the rest is damaged or cut short (EOFError)"
    garbage = read(packed + b"no frame at all", "a.log.zst")
    assert garbage.lines == 60_000
    assert "ZstdError" in garbage.reason


def test_a_zstandard_bomb_is_stopped_in_little_memory() -> None:
    bomb = zstandard.compress(bytes(400 * MB))
    assert len(bomb) < 64_000
    with within(5, 80):
        assert "times its packed size" in read(bomb, limits=Limits()).reason
    one_block = b"\x28\xb5\x2f\xfd\x00\x38" + (((128 * 1024) << 3) | 2).to_bytes(3, "little") + b"\0"
    with within(5, 80):  # blocks of four bytes that stand for 128 kB each
        assert "times its packed size" in read(one_block[:6] + one_block[6:] * 20_000, limits=Limits()).reason


def test_a_zstandard_frame_that_looks_too_far_back_is_refused() -> None:
    frame = b"\x28\xb5\x2f\xfd\x00" + bytes([(31 - 10) << 3]) + b"\x01\0\0"  # a window of 2 GB
    reading = read(frame, "far.zst")
    assert reading.state == "refused"
    assert "far: it is damaged" in reading.reason


# --- zip: methods, locks, lies ---


@pytest.mark.parametrize(
    ("method", "words"),
    [(9, "packed by Deflate64"), (98, "packed by PPMd"), (6, "packed by Implode"), (77, "packed by method 77")],
)
def test_a_method_that_is_not_opened_is_named_with_what_to_do(method: int, words: str) -> None:
    data = zipped(("old.log", LOG), ("a.log", LOG))
    for at in (8, directory(data) + 10):
        struct.pack_into("<H", data, at, method)
    reading = read(bytes(data))
    assert (reading.state, reading.members) == ("ready", ["a.log"])
    assert f"old.log: it is {words}" in reading.reason
    assert "pack it as zip with Deflate, or as gz" in reading.reason


@pytest.mark.parametrize("method", [20, 93])
def test_zstandard_inside_a_zip_is_read(method: int) -> None:
    data = zipped(("a.log", packed := zstandard.compress(LOG)), ("b.log", LOG), method=zipfile.ZIP_STORED)
    entry = directory(data)
    for at in (8, entry + 10):
        struct.pack_into("<H", data, at, method)
    for at in (14, entry + 16):
        struct.pack_into("<LLL", data, at, zlib.crc32(LOG), len(packed), len(LOG))
    reading = read(bytes(data))
    assert (reading.state, reading.lines, reading.reason, reading.members) == ("ready", 4, "", ["a.log", "b.log"])


def test_a_member_locked_with_aes_is_refused_by_name() -> None:
    data = zipped(("secret.log", LOG), ("a.log", LOG))
    for flags, method in ((6, 8), (directory(data) + 8, directory(data) + 10)):
        struct.pack_into("<H", data, flags, 1)
        struct.pack_into("<H", data, method, 99)  # WinZip's AE-2
    reading = read(bytes(data))
    assert reading.reason == "secret.log: it is encrypted"
    assert reading.members == ["a.log"]


@pytest.mark.parametrize(
    ("size", "packed", "words"),
    [
        (10, None, "cut short (BadZipFile)"),  # less than comes: only so much is read
        (2 * MB, None, ""),  # more than comes
        (2**31, None, "it would unpack to more than is allowed"),
        (None, 3, ""),  # fewer packed bytes than there are
    ],
)
def test_a_directory_that_lies_about_sizes_costs_nothing(size: int | None, packed: int | None, words: str) -> None:
    data = zipped(("liar.log", LOG * 50), ("a.log", LOG))
    entry = directory(data)
    if size is not None:
        struct.pack_into("<L", data, entry + 24, size)
    if packed is not None:
        struct.pack_into("<L", data, entry + 20, packed)
    with within(2, 20):
        reading = read(bytes(data))
    assert words in reading.reason
    assert reading.members[-1] == "a.log"


def test_a_name_that_differs_between_directory_and_member_spoils_that_member_only() -> None:
    data = zipped(("one.log", LOG), ("a.log", LOG))
    data[30:33] = b"two"
    reading = read(bytes(data))
    assert reading.members == ["a.log"]
    assert "one.log: it is damaged" in reading.reason


def test_members_that_overlap_never_unpack_to_more_than_is_allowed() -> None:
    """Many entries of the list point to one packed member (Fifield, "A better zip bomb")."""
    data = zipped(("0.log", b"x" * 4 * MB))
    entry = directory(data)
    listed = bytes(data[entry : data.index(b"PK\x05\x06")])
    end = bytearray(data[data.index(b"PK\x05\x06") :])
    struct.pack_into("<HHL", end, 8, 400, 400, len(listed) * 400)
    with within(5, 40):
        reading = read(bytes(data[:entry]) + listed * 400 + bytes(end))
    assert reading.size <= SMALL.total
    assert reading.reason


def test_a_zip_with_a_million_entries_is_refused_before_they_are_read() -> None:
    data = zipped(("a.log", LOG))
    entry = directory(data)
    listed = bytes(data[entry : data.index(b"PK\x05\x06")])
    end = struct.pack("<4sQHHLLQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, 10**6, 10**6, len(listed) * 10**6, entry)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, entry + len(listed) * 10**6, 1)
    old_end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    whole = b"".join((data[:entry], listed * 10**6, end, locator, old_end))
    began = time.process_time()
    reading = read(whole)
    assert time.process_time() - began < 1
    assert (reading.state, reading.lines) == ("refused", 0)
    assert "the list of its files alone is larger than is allowed" in reading.reason
    short = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 9, 9, 900 * MB, entry, 0)
    assert "the list of its files alone" in read(bytes(data[:entry]) + listed + short).reason


@pytest.mark.parametrize("place", [2**63 - 1, 2**64 - 1, 0, 50])
def test_a_zip64_locator_that_points_nowhere_is_damage(place: int) -> None:
    data = bytes(zipped(("a.log", LOG)))
    end = data.index(b"PK\x05\x06")
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, place, 1)
    reading = read(data[:end] + locator + data[end:])
    assert reading.state in {"ready", "refused"}
    assert reading.state == "ready" or "damaged" in reading.reason


NAMES = {
    "cp437": (b"gr\x81n.log", 0, "grün.log"),
    "utf-8": ("grün.log".encode(), 0x800, "grün.log"),
    "control characters": (b"a\x1b[2J\rb.log", 0, "a?[2J?b.log"),
    "two ways": ("x\u202egol.exe".encode(), 0x800, "x?gol.exe"),
    "slip": (b"../../etc/cron.d/a.log", 0, "a.log"),
    "drive": (b"C:\\Windows\\a.log", 0, "a.log"),
}


@pytest.mark.parametrize(("raw", "flags", "shown"), NAMES.values(), ids=NAMES.keys())
def test_names_are_shown_harmless_in_their_charset(raw: bytes, flags: int, shown: str) -> None:
    data = zipped(("?" * len(raw), LOG))
    entry = directory(data)
    data[30 : 30 + len(raw)] = data[entry + 46 : entry + 46 + len(raw)] = raw
    for at in (6, entry + 8):
        struct.pack_into("<H", data, at, flags)
    assert read(bytes(data)).members == [shown]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name_are_two_files() -> None:
    assert read(bytes(zipped(("a.log", b"one\n"), ("a.log", b"two\n")))).members == ["a.log", "a.log"]
    assert read(tarred(plain(), plain())).members == ["a.log", "a.log"]


def test_a_zip_packed_by_lzma_with_a_huge_dictionary_is_bounded() -> None:
    data = zipped(("greedy.log", LOG * 99), ("a.log", LOG), method=zipfile.ZIP_LZMA)
    at = 30 + len("greedy.log") + 4 + 1  # behind the version, the size of the properties and their first byte
    struct.pack_into("<L", data, at, 2**32 - 1)
    with within(5, 20):
        reading = read(bytes(data))
    assert reading.reason == "greedy.log: it asks for more memory than is allowed"
    assert reading.members == ["a.log"]


def test_what_asks_for_more_memory_than_there_is_is_refused_and_the_rest_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from tierline.work.diagnosis.rules.archives import zips

    opened: Callable[..., object] = zips._opened

    def greedy(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> object:
        if info.filename == "greedy.log":
            raise MemoryError
        return opened(archive, info)

    monkeypatch.setattr(zips, "_opened", greedy)
    reading = read(bytes(zipped(("greedy.log", LOG), ("a.log", LOG))))
    assert reading.reason == "greedy.log: it asks for more memory than is allowed"
    assert reading.members == ["a.log"]


# --- tar ---


def test_links_devices_and_absolute_names_of_a_tar_touch_nothing() -> None:
    kinds = (tarfile.LNKTYPE, tarfile.SYMTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE)
    special = []
    for at, kind in enumerate(kinds):
        info = tarfile.TarInfo(f"/dev/{at}")
        info.type, info.linkname = kind, "/etc/shadow"
        special.append((info, b""))
    reading = read(tarred(*special, plain("/var/log/a.log")))
    assert reading.members == ["a.log"]
    assert reading.reason == "; ".join(f"{at}: it is a link or a device, not a file" for at in range(len(kinds)))


def sparse(size: int, stored: bytes) -> bytes:
    """A GNU sparse member (format 1.0) of `size` bytes, of which some are there."""
    listed = f"1\n0\n{len(stored)}\n".encode()
    info = tarfile.TarInfo("GNUSparseFile.0/holes.log")
    info.pax_headers = {
        "GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "holes.log",
        "GNU.sparse.realsize": str(size),
    }  # fmt: skip
    return tarred((info, listed.ljust(512, b"\0") + stored), plain())


def test_a_sparse_member_is_read_when_it_is_not_made_of_holes() -> None:
    assert read(sparse(len(LOG), LOG)).members == ["holes.log", "a.log"]
    with within(2, 20):
        reading = read(sparse(2**40, LOG))
    assert reading.members == ["a.log"]
    assert reading.reason == "holes.log: it is a file of holes, most of it is not there"


def test_a_huge_header_is_not_held_in_memory() -> None:
    info = tarfile.TarInfo("a.log")
    info.pax_headers = {"comment": "x" * 3 * MB}
    data = tarred((info, LOG))
    assert "damaged or cut short (ReadError)" in read(data).reason
    lying = bytearray(tarred(plain(), form=tarfile.GNU_FORMAT))
    header = tarfile.TarInfo("././@LongLink")
    header.type, header.size = tarfile.GNUTYPE_LONGNAME, 2**33
    with within(2, 20):
        assert read(header.tobuf(tarfile.GNU_FORMAT) + bytes(lying)).state == "refused"
    fine = tarfile.TarInfo("a.log")
    fine.pax_headers = {"comment": "x" * 1000}
    assert read(tarred((fine, LOG))).members == ["a.log"]


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["tar", "tar.gz"])
def test_a_header_that_is_none_is_damage_and_not_the_end(pack: Callable[[bytes], bytes]) -> None:
    data = bytearray(tarred(plain("a.log"), plain("b.log")))
    data[1024 + 148 : 1024 + 156] = b"garbage!"
    reading = read(pack(bytes(data)))
    assert reading.members == ["a.log"]
    assert "damaged or cut short (ReadError)" in reading.reason


def test_a_packed_tar_larger_than_an_inner_archive_may_be_is_read_as_it_comes() -> None:
    lines = b"".join(b"line %d of many\n" % at for at in range(100_000))
    data = gzip.compress(tarred((tarfile.TarInfo("a.log"), lines), (tarfile.TarInfo("b.log"), LOG)), 1)
    with within(10, 16):
        reading = read(data, "logs.tar.gz", Limits(nested=64 * 1024))
    assert (reading.lines, reading.reason, reading.members) == (100_002, "", ["a.log", "b.log"])
    exact = Limits(total=len(lines) + 10_240, nested=1)  # its bytes count once
    assert read(data, "logs.tar.gz", exact).reason == ""


def test_a_tar_of_nothing_but_zeros_in_a_gzip_is_a_bomb() -> None:
    data = gzip.compress(tarred((tarfile.TarInfo("a.log"), bytes(30 * MB))))
    assert "unpacks to" in read(data, limits=Limits()).reason


# --- gzip, xz ---


def test_a_gzip_of_several_members_with_garbage_behind_is_read_up_to_the_garbage() -> None:
    data = gzip.compress(LOG) + gzip.compress(b"") + gzip.compress(LOG) + b"garbage"
    reading = read(data, "a.log.gz")
    assert reading.lines == 4
    assert reading.reason == "a.log: the rest is damaged or cut short (BadGzipFile)"
    assert read(gzip.compress(LOG) + bytes(700), "a.log.gz").reason == ""  # zeros fill up the block of a tape


def test_a_gzip_whose_name_never_ends_is_cut_short() -> None:
    with within(3, 20):
        assert read(b"\x1f\x8b\x08\x08" + bytes(6) + b"n" * 200_000).state == "refused"


def test_an_xz_that_asks_for_a_huge_dictionary_is_bounded() -> None:
    data = bytearray(lzma.compress(LOG))
    end = 12 + (data[12] + 1) * 4 - 4  # of the first block's header, before its check sum
    data[data.index(b"\x21\x01", 12) + 2] = 40  # 4 GB, the most that can be said
    struct.pack_into("<L", data, end, zlib.crc32(data[12:end]))
    with within(5, 20):
        assert read(bytes(data), "a.log.xz").reason == "a.log: it asks for more memory than is allowed"


def test_xz_streams_may_have_zeros_between_and_garbage_behind() -> None:
    two = lzma.compress(LOG) + bytes(8) + lzma.compress(LOG)
    assert (read(two).lines, read(two).reason) == (4, "")
    assert "damaged" in read(two + b"garbage!").reason
    assert read(lzma.compress(LOG * 999)[:-40], "a.log.xz").reason.startswith("a.log: the rest is damaged")


# --- nested, foreign ---


def test_ten_archives_deep_is_refused_where_it_gets_too_deep() -> None:
    data: bytes = LOG
    for depth in range(10):
        data = bytes(zipped((f"{depth}.zip", data)))
    with within(2, 20):
        reading = read(data)
    assert (reading.state, reading.lines) == ("refused", 0)
    assert reading.reason == "8.zip: archives inside archives are opened only two deep"


def test_archives_beside_each_other_do_not_multiply() -> None:
    """Each of many inner archives is small; together they are bounded as one."""
    inner = bytes(zipped(("x.log", b"x" * MB)))
    data = bytes(zipped(*((f"{at}.zip", inner) for at in range(40)), method=zipfile.ZIP_STORED))
    with within(10, 40):
        reading = read(data)
    assert reading.size <= SMALL.total
    assert "more than is allowed" in reading.reason


FOREIGN = {
    "rar4": b"Rar!\x1a\x07\x00" + bytes(600),
    "rar5": b"Rar!\x1a\x07\x01\x00" + bytes(600),
    "cab": b"MSCF\0\0\0\0" + bytes(600),
    "iso": bytes(32_768) + b"\x01CD001\x01" + bytes(2_000),
    "7z": b"7z\xbc\xaf\x27\x1c\x00\x04" + bytes(600),
}


@pytest.mark.parametrize("kind", FOREIGN)
@pytest.mark.parametrize("packed", [False, True], ids=["alone", "in a gzip"])
def test_a_foreign_archive_is_refused_by_its_kind(kind: str, *, packed: bool) -> None:
    data = gzip.compress(FOREIGN[kind], 1) if packed else FOREIGN[kind]
    reading = read(data, f"logs.{kind}.gz" if packed else f"logs.{kind}")
    assert (reading.state, reading.lines) == ("refused", 0)
    assert f"logs.{kind}: it is a" in reading.reason
    assert "send it as zip, tar, gz or zst" in reading.reason


def test_every_bound_of_one_member_holds_for_its_iterator_as_well() -> None:
    data = zstandard.compress(random.Random(1).randbytes(9 * MB // 8).hex().encode() * 4)
    state = Unpacking(SMALL)
    member = next(members(io.BytesIO(data), "a.zst", state))
    with pytest.raises(TooMuch):
        sum(map(len, member.chunks))
    assert state.total <= SMALL.total + MB
    assert copy.copy(state.limits) == SMALL
