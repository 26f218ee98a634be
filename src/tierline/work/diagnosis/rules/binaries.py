"""What a file is that holds no text, told from its first bytes, and how what it holds is written as text.

Nothing of such a file is shown: words that stand in it by chance were never redacted.
"""

_PICTURE = "a picture: what it shows is not read"
_DOCUMENT = "a document, not a log: send the log itself as text"
_PACKETS = "a recording of network packets: write it as text with `tshark -r {name} > packets.txt`"
_KERNEL = "a memory dump of Windows: open it in WinDbg, and send what `!analyze -v` prints"
_PDF, _LOOKED_AT = b"%PDF-", 256
_BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (
        b"LPKSHHRH",
        "a systemd journal in binary form: write it as text with `journalctl --file {name} -o export > {name}.txt`",
    ),
    (
        b"ElfFile\0",
        "a Windows event log in binary form: write it as text with `wevtutil qe {name} /lf:true /f:text > {name}.txt`",
    ),
    (b"MDMP", "a minidump of Windows: open it in WinDbg, and send what `!analyze -v` prints"),
    (b"PAGEDU64", _KERNEL),
    (b"PAGEDUMP", _KERNEL),
    (
        b"JAVA PROFILE ",
        "a heap dump of Java, with all that the program held: send what `jcmd PID GC.class_histogram` prints",
    ),
    (b"FLR\0", "a Java Flight Recording: write it as text with `jfr print {name} > {name}.txt`"),
    (b"Nettrace", "a .NET trace: write it as text with `dotnet-trace report {name} topN`"),
    (b"PERFILE2", "a recording of perf: write it as text with `perf script -i {name} > {name}.txt`"),
    (b"PGDMP", "a database dump of PostgreSQL: write its list as text with `pg_restore --list {name}`"),
    (b"SQLite format 3\0", "a SQLite database: send the log that the program wrote as text"),
    (b"regf", "a part of the Windows registry: export the keys in question as text with `reg export`"),
    (b"\xa1\xb2\xc3\xd4", _PACKETS),
    (b"\xd4\xc3\xb2\xa1", _PACKETS),
    (b"\xa1\xb2\x3c\x4d", _PACKETS),
    (b"\x4d\x3c\xb2\xa1", _PACKETS),
    (b"\x0a\x0d\x0d\x0a", _PACKETS),
    (b"\x89PNG", _PICTURE),
    (b"\xff\xd8\xff", _PICTURE),
    (b"GIF8", _PICTURE),
    (_PDF, _DOCUMENT),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _DOCUMENT),
    (b"MZ", "a program of Windows, not a log"),
    (b"\xca\xfe\xba\xbe", "a program, not a log"),
)
_ELF, _ELF_TYPE, _CORE = b"\x7fELF", slice(16, 18), b"\x04"
_CORE_WORDS = "a core dump: send what `gdb -batch -ex 'thread apply all bt' PROGRAM {name}` prints"
_PROGRAM_WORDS = "a program or library of Linux, not a log"
UNKNOWN = "the file is binary, not text"
"""What is said of bytes of no known kind."""


def words_for(first: bytes, name: str) -> str:
    """What a file is, by its first bytes, and what to send instead; empty when they tell of none."""
    if first.startswith(_ELF):
        is_core = first[_ELF_TYPE].strip(b"\0") == _CORE  # in either order of bytes
        return _said(_CORE_WORDS if is_core else _PROGRAM_WORDS, name)
    found = next((words for mark, words in _BEGINNINGS if first.startswith(mark) and _is_sure(mark, first)), "")
    return _said(found, name) if found else ""


def _is_sure(mark: bytes, first: bytes) -> bool:
    """Letters alone may begin a line as well; where a zero byte follows soon, they do not."""
    return not mark.isascii() or mark == _PDF or b"\0" in first[:_LOOKED_AT]


def _said(words: str, name: str) -> str:
    return "it is " + words.format(name=name.translate({ord(letter): "" for letter in "`{}"}))
