"""Files without text: what they are, and what to send instead; none of their words are shown."""

import io
import struct
import zipfile

import pytest

from tierline.work.diagnosis.rules.reading import EvidenceReader, Reading

SECRET = b"password=Sommer2026! token=sk_live_51Hq8s7dhs8d7hs8d7 " * 40
KINDS = {
    "system.journal": (b"LPKSHHRH" + bytes(16), "`journalctl --file system.journal -o export > system.journal.txt`"),
    "Application.evtx": (
        b"ElfFile\0" + bytes(120),
        "`wevtutil qe Application.evtx /lf:true /f:text > Application.evtx.txt`",
    ),
    "crash.dmp": (b"MDMP\x93\xa7\0\0", "a minidump of Windows"),
    "memory.dmp": (b"PAGEDU64" + bytes(64), "`!analyze -v`"),
    "core.4711": (b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<H", 4), "a core dump: send what `gdb -batch"),
    "core.sparc": (b"\x7fELF\x02\x02\x01" + bytes(9) + struct.pack(">H", 4), "a core dump"),
    "tunneld": (b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<H", 3), "a program or library of Linux"),
    "heap.hprof": (b"JAVA PROFILE 1.0.2\0", "`jcmd PID GC.class_histogram`"),
    "run.jfr": (b"FLR\0\0\x02", "`jfr print run.jfr > run.jfr.txt`"),
    "a.pcap": (b"\xd4\xc3\xb2\xa1\x02\0\x04\0", "`tshark -r a.pcap > packets.txt`"),
    "a.pcapng": (b"\x0a\x0d\x0d\x0a\x1c\0\0\0", "a recording of network packets"),
    "app.db": (b"SQLite format 3\0", "a SQLite database"),
    "backup.dump": (b"PGDMP\x01\x0f\0", "`pg_restore --list backup.dump`"),
    "shot.bin": (b"\x89PNG\r\n\x1a\n", "a picture"),
    "letter.log": (b"%PDF-1.4\n", "a document, not a log"),
    "setup.log": (b"MZ\x90\0\x03\0", "a program of Windows"),
}


def read(data: bytes, name: str) -> tuple[Reading, bytes]:
    out = io.BytesIO()
    return EvidenceReader(out).read(io.BytesIO(data), name), out.getvalue()


@pytest.mark.parametrize("name", KINDS)
def test_it_is_told_what_it_is_and_nothing_of_it_is_shown(name: str) -> None:
    start, words = KINDS[name]
    reading, shown = read(start + SECRET, name)
    assert reading.state == "refused"
    assert reading.reason.startswith(f"{name}: it is a ")
    assert words in reading.reason
    assert shown == b""
    assert not reading.facts
    assert not reading.templates


@pytest.mark.parametrize("name", ["core.4711", "Application.evtx"])
def test_inside_of_an_archive_the_others_are_read(name: str) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"dumps/{name}", KINDS[name][0] + SECRET)
        archive.writestr("app.log", "2026-11-20 09:58:12 ERROR worker died\n")
    reading, shown = read(held.getvalue(), "bundle.zip")
    assert reading.state == "ready"
    assert KINDS[name][1] in reading.reason
    assert shown == b"2026-11-20 09:58:12 ERROR worker died\n"


@pytest.mark.parametrize(
    "line", ["MZ is what the file begins with", "GIF8 is a word", "MDMP: nothing", "regf", "PAGEDUMP taken"]
)
def test_a_log_that_begins_with_such_letters_is_read(line: str) -> None:
    reading, shown = read(f"{line}\n".encode(), "a.log")
    assert (reading.state, shown) == ("ready", f"{line}\n".encode())


@pytest.mark.parametrize("name", ["a`b.pcap", "{name}.pcap", "a{0}.pcap"])
def test_a_hostile_name_is_only_a_name(name: str) -> None:
    reading, _ = read(KINDS["a.pcap"][0] + SECRET, name)
    command = reading.reason.split(": it is ", 1)[1]
    assert command.count("`") == 2
    assert "{" not in command
