"""One table of the conventions of logs: what each header says, and the records, errors and traces of each file.

The reference lists the same conventions with the same examples; a test below reads its table.
"""

# ruff: noqa: E501 (a line of a log is as long as it is)

import io
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tierline.work.diagnosis.rules.clocks import moment
from tierline.work.diagnosis.rules.headers import HeaderReader, read_header
from tierline.work.diagnosis.rules.reading import EvidenceReader, Reading

TEN = 1_795_428_242  # 2026-11-23 10:04:02 UTC; each sample ends three seconds later
NEXT_YEAR = datetime(2027, 1, 9, tzinfo=UTC)
REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "evidence.md"
DOWN = "link to peer 12 went down"


@dataclass(frozen=True)
class Sample:
    """Two records (or more lines that belong to two): the header of the first, and what reading them shows."""

    text: str
    format: str
    level: str = ""
    message: str = DOWN
    errors: int = 0
    templates: int = 1
    trace: str = ""
    clock: bool = True
    below: bool = False  # the header stands alone, the message on a line below

    @property
    def line(self) -> str:
        return self.text.partition("\n")[0]


def two(line: str, other: str = "", *, format: str = "log with time stamps", **said: Any) -> Sample:  # noqa: A002 (as in Sample)
    """The same line three seconds later, for another peer; `other` where more changes."""
    later = other or line.replace("04:02", "04:05").replace("04.02", "04.05").replace("peer 12", "peer 13")
    return Sample(f"{line}\n{later}\n", format, **said)


JAVA = (
    "java.io.IOException: gone\n\tat net.Core.run(Core.java:12)\n\tat net.Main.main(Main.java:3)\n"
    "Caused by: java.lang.IllegalStateException: x\n\tat net.B.c(B.java:1)\n\t... 2 more\n"
)
PYTHON = 'Traceback (most recent call last):\n  File "/srv/a.py", line 3, in run\n    go()\nValueError: no key\n'
NET = "System.InvalidOperationException: no key\n   at Net.Core.Run() in C:\\a\\Core.cs:line 12\n   at Net.Main.Go()\n"
EVENT = (
    "  Date: 2026-11-23T10:04:02.118\n  Event ID: 7036\n  Level: Error\n  Computer: GW1\n  Description: \n"
    f"{DOWN}\n\n  Date: 2026-11-23T10:04:05.118\n  Event ID: 7036\n  Level: Information\n  Description: \n"
    "link to peer 13 went down\n"
)
SAMPLES = {
    "syslog (RFC 3164)": two(f"Nov 23 10:04:02 gw-1 tunneld[4711]: {DOWN}", format="syslog"),
    "syslog with priority": two(
        f"<35>Nov 23 10:04:02 gw-1 tunneld[4711]: {DOWN}", format="syslog", level="ERR", errors=2
    ),
    "syslog (RFC 5424)": two(
        f"<34>1 2026-11-23T10:04:02.118Z gw-1 tunneld 4711 ID47 - {DOWN}", level="CRIT", errors=2
    ),
    "syslog (RFC 5424) with data": two(
        f'<14>1 2026-11-23T10:04:02.118Z gw-1 tunneld - - [x@1 a="b]" c="d"][y@1] {DOWN}', level="INFO"
    ),
    "syslog with a full stamp": two(f"2026-11-23T10:04:02.118304+00:00 gw-1 tunneld: {DOWN}"),
    "journal, short": two(f"Nov 23 10:04:02.118304 gw-1 tunneld[1]: {DOWN}", format="syslog"),
    "journal, short-iso": two(f"2026-11-23T10:04:02+0000 gw-1 tunneld[4711]: {DOWN}"),
    "kernel ring, seconds": two(
        f"[   12.345678] {DOWN}",
        f"[   15.345678] {DOWN}".replace("12 went", "13 went"),
        format="log with seconds since the start",
        clock=False,
    ),
    "kernel ring, levels": two(
        f"kern  :err   : [   12.345678] {DOWN}",
        f"kern  :info  : [   15.345678] {DOWN}",
        format="log with seconds since the start",
        level="ERR",
        clock=False,
    ),
    "kernel ring, moments": two(f"[Mon Nov 23 10:04:02 2026] {DOWN}", format="syslog"),
    "logfmt": two(
        'ts=2026-11-23T10:04:02.118Z level=error msg="link down" peer=12',
        'ts=2026-11-23T10:04:05.118Z level=info msg="link down" peer=13',
        format="logfmt",
        level="ERROR",
        message="link down peer=12",
        errors=1,
    ),
    "logfmt with quotation marks": two(
        f'time="2026-11-23T10:04:02Z" level=warning msg="{DOWN}"', format="logfmt", level="WARNING"
    ),
    "logfmt behind a stamp": two(f'2026-11-23T10:04:02Z level=error msg="{DOWN}"', format="logfmt", level="ERROR", errors=2),
    "JSON lines": two(
        f'{{"time":"2026-11-23T10:04:02.118Z","level":"error","msg":"{DOWN}"}}',
        format="json lines",
        level="ERROR",
        errors=2,
    ),
    "JSON lines, level first": two(
        f'{{"level":"fatal","@timestamp":"2026-11-23T10:04:02.118Z","message":"{DOWN}"}}',
        format="json lines",
        level="FATAL",
        errors=2,
    ),
    "JSON lines, seconds since 1970": two(
        f'{{"severity":"WARNING","ts":1795428242.118,"msg":"{DOWN}"}}',
        f'{{"severity":"ERROR","ts":1795428245.118,"msg":"{DOWN}"}}',
        format="json lines",
        level="WARNING",
        errors=1,
    ),
    "JSON lines, levels from 10 to 60": two(
        f'{{"level":30,"time":1795428242118,"msg":"{DOWN}","peer":12}}',
        f'{{"level":50,"time":1795428245118,"msg":"{DOWN}","peer":13}}',
        format="json lines",
        level="INFO",
        message=f"{DOWN} peer=12",
        errors=1,
    ),
    "JSON lines, severities of syslog": two(
        f'{{"timestamp":1795428242.118,"level":3,"message":"{DOWN}","_peer":"12"}}',
        f'{{"timestamp":1795428245.118,"level":6,"message":"{DOWN}","_peer":"13"}}',
        format="json lines",
        level="ERR",
        errors=1,
    ),
    "JSON lines, names with @": two(
        '{"@t":"2026-11-23T10:04:02.118Z","@mt":"link to {Peer} down","@l":"Error","Peer":12}',
        format="json lines",
        level="ERROR",
        message="link to {Peer} down peer=12",
        errors=2,
    ),
    "JSON lines, a letter for the level": two(
        f'{{"t":{{"$date":"2026-11-23T10:04:02.118+00:00"}},"s":"E","msg":"{DOWN}"}}',
        format="json lines",
        level="ERROR",
        errors=2,
    ),
    "JSON behind a header": two(
        f'Nov 23 10:04:02 gw-1 app[12]: {{"level":"error","msg":"{DOWN}"}}', format="syslog", level="ERROR", errors=2
    ),
    "JSON lines with a trace": two(
        r'{"time":"2026-11-23T10:04:02Z","level":"error","stack":"TypeError: x\n    at run (/srv/a.js:12:3)","msg":"failed"}',
        r'{"time":"2026-11-23T10:04:05Z","level":"info","msg":"failed"}',
        format="json lines",
        level="ERROR",
        message="failed stack=TypeError: x",
        errors=1,
        templates=2,
        trace="TypeError",
    ),
    "Docker": two(
        r'{"log":"ERROR rekey failed\n","stream":"stderr","time":"2026-11-23T10:04:02.118304567Z"}',
        format="container log",
        message="ERROR rekey failed",
    ),
    "Docker, a header inside": two(
        r'{"log":"E1123 10:04:02.118304       1 rekey.go:12] rekey failed\n","stream":"stderr","time":"2026-11-23T10:04:02.1Z"}',
        format="container log",
        level="ERROR",
        message="rekey failed",
        errors=2,
    ),
    "Docker with a trace": Sample(
        r'{"log":"2026-11-23 10:04:02 ERROR rekey failed\n","stream":"stderr","time":"2026-11-23T10:04:02.1Z"}' + "\n"
        r'{"log":"java.io.IOException: gone\n","stream":"stderr","time":"2026-11-23T10:04:02.1Z"}' + "\n"
        r'{"log":"\u0009at net.Core.run(Core.java:12)\n","stream":"stderr","time":"2026-11-23T10:04:02.1Z"}' + "\n"
        r'{"log":"2026-11-23 10:04:05 INFO rekey failed\n","stream":"stderr","time":"2026-11-23T10:04:05.1Z"}' + "\n",
        "container log",
        level="ERROR",
        message="rekey failed",
        errors=1,
        trace="java.io.IOException",
    ),
    "Kubernetes, container runtime": two(f"2026-11-23T10:04:02.118304567Z stdout F {DOWN}", format="container log"),
    "Kubernetes, a header inside": two(
        f'2026-11-23T10:04:02.118304567Z stderr F {{"level":"error","msg":"{DOWN}"}}',
        format="container log",
        level="ERROR",
        errors=2,
    ),
    "Kubernetes with a trace": Sample(
        "".join(
            f"2026-11-23T10:04:0{2 + 3 * (at == 4)}.118304567Z stderr F {line}\n"
            for at, line in enumerate([
                "10:04:02.118 [main] ERROR net.Core - rekey 12 failed",
                *JAVA.splitlines()[:3],
                "10:04:05.118 [main] INFO  net.Core - rekey 13 failed",
            ])
        ),
        "container log",
        level="ERROR",
        message="rekey 12 failed",
        errors=1,
        trace="java.io.IOException",
    ),
    "Kubernetes, components": two(
        f"E1123 10:04:02.123456       1 controller.go:12] {DOWN}",
        format="log with level letters",
        level="ERROR",
        errors=2,
    ),
    "glog with a year": two(
        f"W20261123 10:04:02.123456  4711 core.cc:12] {DOWN}", level="WARN"
    ),
    "Apache, access": two(
        '192.0.2.7 - - [23/Nov/2026:10:04:02 +0000] "GET /a HTTP/1.1" 200 12',
        '192.0.2.7 - - [23/Nov/2026:11:04:05 +0100] "GET /b HTTP/1.1" 500 12',
        format="web access log",
        message='"GET /a HTTP/1.1" 200 12',
    ),
    "Apache, error": two(
        f"[Mon Nov 23 10:04:02.118304 2026] [core:error] [pid 12:tid 34] {DOWN}", format="syslog", level="ERROR", errors=2
    ),
    "nginx, error": two(
        f"2026/11/23 10:04:02 [error] 12#12: *1 {DOWN}", level="ERROR", errors=2
    ),
    "IIS (W3C extended)": Sample(
        "#Software: Internet Information Services\n#Version: 1.0\n#Date: 2026-11-23 10:04:02\n"
        "#Fields: date time s-ip cs-method cs-uri-stem sc-status\n"
        "2026-11-23 10:04:02 192.0.2.7 GET /a 200\n2026-11-23 10:04:03 192.0.2.7 GET /a 200\n"
        "2026-11-23 10:04:04 192.0.2.7 GET /a 200\n2026-11-23 10:04:05 192.0.2.7 GET /b 500\n",
        "log with time stamps",
        message="#Software: Internet Information Services",
        templates=4,
    ),
    "Windows, servicing": two(
        "2026-11-23 10:04:02, Info                  CBS    Starting session 12",
        "2026-11-23 10:04:05, Error                 CBS    Starting session 13",
        level="INFO",
        message="CBS    Starting session 12",
        errors=1,
    ),
    "Windows, updates": two(
        f"2026/11/23 10:04:02.1183042 1234  5678  Agent           {DOWN}", message=f"Agent           {DOWN}"
    ),
    "Windows, events": Sample(EVENT, "events as text", message="", errors=1, below=True),
    "Windows, events as a list": Sample(
        f"TimeCreated  : 11/23/2026 10:04:02 AM\nProviderName : SCM\nMessage      : {DOWN}\n               again\n"
        "LevelDisplayName : Error\n\n"
        "TimeCreated  : 11/23/2026 10:04:05 AM\nProviderName : SCM\nMessage      : link to peer 13 went down\n\n",
        "events as text",
        message="",
        errors=1,
        below=True,
    ),
    "Windows, events as a table": two(
        f"Error,11/23/2026 10:04:02 AM,SCM,7036,None,{DOWN}", level="ERROR", message=f"SCM,7036,None,{DOWN}", errors=2
    ),
    "Android, threadtime": two(
        "11-23 10:04:02.118  1702  2395 E WindowManager: printFreezing 12",
        format="device log",
        level="ERROR",
        message="printFreezing 12",
        errors=2,
    ),
    "Android, tag filled up": two(
        f"11-23 10:04:02.118  1702  2395 I Tunnel  : {DOWN}", format="device log", level="INFO"
    ),
    "Android, time": two(f"11-23 10:04:02.118 W/Tunnel( 1702): {DOWN}", format="device log", level="WARN"),
    "Android, brief": two(f"E/Tunnel( 1702): {DOWN}", format="plain text", level="ERROR", clock=False),
    "Android, thread": two(f"F( 1702: 2395) {DOWN}", format="plain text", level="FATAL", clock=False),
    "Android, long": Sample(
        f"[ 11-23 10:04:02.118  1702: 2395 E/Tunnel ]\n{DOWN}\n\n"
        "[ 11-23 10:04:05.118  1702: 2395 I/Tunnel ]\nlink to peer 13 went down\n\n",
        "device log",
        level="ERROR",
        message="",
        errors=1,
        below=True,
    ),
    "macOS, unified": two(
        f"2026-11-23 10:04:02.118304+0000 0x1a2b     Fault       0x0                  123    0    tunneld: (libnet) [a.b:c] {DOWN}",
        level="CRITICAL",
        errors=2,
    ),
    "macOS, unified, short": two(f"2026-11-23 10:04:02.118 E  tunneld[123:1a2b] [a.b:c] {DOWN}", level="ERROR", errors=2),
    "macOS, unified, like syslog": two(f"2026-11-23 10:04:02.118304+0000  gw tunneld[12]: {DOWN}"),
    "Java (log4j)": Sample(
        f"2026-11-23 10:04:02,118 ERROR [main] net.Core: rekey 12 failed\n{JAVA}"
        "2026-11-23 10:04:05,118 ERROR [main] net.Core: rekey 13 failed\n",
        "plain text",
        level="ERROR",
        message="rekey 12 failed",
        errors=2,
        trace="java.lang.IllegalStateException",
    ),
    "Java (Logback)": two(f"10:04:02.118 [main] WARN  net.tunnel.Core - {DOWN}", level="WARN"),
    "Java (Spring Boot)": two(
        f"2026-11-23T10:04:02.118Z ERROR 4711 --- [gw] [           main] net.tunnel.Core          : {DOWN}",
        level="ERROR",
        errors=2,
    ),
    "Java (java.util.logging)": Sample(
        f"Nov 23, 2026 10:04:02 AM net.Core run\nSEVERE: rekey 12 failed\n{JAVA}"
        "Nov 23, 2026 10:04:05 AM net.Core run\nINFO: rekey 13 failed\n",
        "plain text",
        message="",
        errors=1,
        trace="java.lang.IllegalStateException",
        below=True,
    ),
    "Java (Tomcat)": two(
        f"23-Nov-2026 10:04:02.118 SEVERE [main] net.Core.run {DOWN}",
        format="web access log",
        level="SEVERE",
        message=f"net.Core.run {DOWN}",
        errors=2,
    ),
    "Java, collector, moments": two(
        "[2026-11-23T10:04:02.118+0000][warning][gc] GC(12) To-space exhausted",
        level="WARNING",
        message="GC(12) To-space exhausted",
    ),
    "Java, collector, uptime": two(
        "[0.012s][info][gc,start] GC(12) Pause Young",
        "[3.012s][info][gc,start] GC(13) Pause Young",
        format="log with seconds since the start",
        level="INFO",
        message="GC(12) Pause Young",
        clock=False,
    ),
    "Python (logging)": Sample(
        f"2026-11-23 10:04:02,118 ERROR core rekey failed\n{PYTHON}2026-11-23 10:04:05,118 INFO core rekey failed\n",
        "plain text",
        level="ERROR",
        message="core rekey failed",
        errors=1,
        trace="ValueError",
    ),
    "Python, dashes": two(f"2026-11-23 10:04:02,118 - net.core - ERROR - {DOWN}", level="ERROR", errors=2),
    "Python (Celery)": two(f"[2026-11-23 10:04:02,118: ERROR/MainProcess] {DOWN}", level="ERROR", errors=2),
    "Python (Tornado)": two(f"[E 2026-11-23 10:04:02.118 web:12] {DOWN}", level="ERROR", errors=2),
    ".NET (Serilog)": Sample(
        f"2026-11-23 10:04:02.118 +00:00 [ERR] rekey failed\n{NET}2026-11-23 10:04:05.118 +00:00 [INF] rekey failed\n",
        "plain text",
        level="ERR",
        message="rekey failed",
        errors=1,
        trace="System.InvalidOperationException",
    ),
    ".NET (Serilog, console)": two(f"[10:04:02 FTL] {DOWN}", level="FATAL", errors=2),
    ".NET (console)": Sample(
        f"2026-11-23T10:04:02.118Z fail: Net.Core[12]\n      {DOWN}\n      {NET.replace(chr(10), chr(10) + '      ').rstrip(' ')}"
        "2026-11-23T10:04:05.118Z info: Net.Core[12]\n      link to peer 13 went down\n",
        "plain text",
        level="ERROR",
        message="",
        errors=1,
        trace="System.InvalidOperationException",
        below=True,
    ),
    "Go (log)": two(f"2026/11/23 10:04:02 {DOWN}"),
    "Go (logrus, terminal)": two(
        f"ERRO[0012] {DOWN}", f"INFO[0015] {DOWN}", format="log with seconds since the start", level="ERROR", clock=False
    ),
    "Ruby (Logger, Rails)": two(
        f"E, [2026-11-23T10:04:02.123456 #123] ERROR -- : {DOWN}", level="ERROR", errors=2
    ),
    "Elasticsearch": two(
        "[2026-11-23T10:04:02,118][ERROR][o.e.Core] [node-1] rekey 12",
        level="ERROR",
        message="rekey 12",
        errors=2,
    ),
    "PostgreSQL": two(
        "2026-11-23 10:04:02.118 UTC [12] ERROR:  relation 12 does not exist",
        level="ERROR",
        message="relation 12 does not exist",
        errors=2,
    ),
    "PostgreSQL, local zone": two(f"2026-11-23 11:04:02.118 CET [12] FATAL:  {DOWN}", level="FATAL", errors=2),
    "MySQL": two(
        f"2026-11-23T10:04:02.118304Z 0 [ERROR] [MY-010068] [Server] {DOWN}", level="ERROR", errors=2
    ),
    "MySQL, until 5.6": two(f"261123 10:04:02 [ERROR] {DOWN}", level="ERROR", errors=2),
    "MySQL, slow statements": Sample(
        "".join(
            f"# Time: 2026-11-23T10:04:0{second}.118304Z\n# User@Host: a[a] @ localhost []  Id:    12\n"
            "# Query_time: 12.000218  Lock_time: 0.000000 Rows_sent: 1  Rows_examined: 0\nuse shop;\n"
            f"SET timestamp=179542824{second};\nSELECT name\nFROM peers\nWHERE id = {second};\n"
            for second in (2, 5)
        ),
        "events as text",
        message="",
        below=True,
    ),
    "Oracle, alert log": Sample(
        "2026-11-23T10:04:02.118304+00:00\nThread 1 advanced to log sequence 12\n  Current log# 3 seq# 12\n"
        "2026-11-23T10:04:05.118304+00:00\nThread 1 advanced to log sequence 13\n  Current log# 3 seq# 13\n",
        "plain text",
        message="",
        below=True,
    ),
    "level before the stamp": two(
        f"ERROR 2026-11-23 10:04:02,118 {DOWN}", level="ERROR", errors=2
    ),
    "day first": two(f"23.11.2026 10:04:02 INFO {DOWN}", level="INFO"),
    "seconds since 1970": two(f"1795428242 ERROR {DOWN}", f"1795428245 ERROR {DOWN}", level="ERROR", errors=2),
    "milliseconds since 1970": two(f"1795428242118 ERROR {DOWN}", f"1795428245118 ERROR {DOWN}", level="ERROR", errors=2),
}  # fmt: skip
DATELESS = {"Java (Logback)", ".NET (Serilog, console)"}


def read(text: str) -> Reading:
    return EvidenceReader(io.BytesIO(), year=2026, until=TEN + 600).read(io.BytesIO(text.encode()), "a.log")


@pytest.mark.parametrize("name", list(SAMPLES))
def test_a_header_has_its_level_its_moment_and_the_start_of_the_message(name: str) -> None:
    sample = SAMPLES[name]
    header = read_header(sample.line)
    assert (header.level, header.message(sample.line).strip()) == (sample.level, sample.message)
    assert header.alone == sample.below
    assert HeaderReader().read(sample.line) == header
    if sample.clock and header.kind and name not in DATELESS:
        assert moment(header.kind, header.stamp, year=2026) == TEN


@pytest.mark.parametrize("name", list(SAMPLES))
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_convention_is_known_with_its_clock_and_its_records(name: str, ends: str) -> None:
    sample = SAMPLES[name]
    found = read(sample.text.replace("\n", ends))
    assert (found.started, found.ended) == ((TEN, TEN + 3) if sample.clock else (None, None))
    assert found.format == sample.format
    assert len(found.templates) == sample.templates, [one["text"] for one in found.templates]
    assert sum(one["errors"] for one in found.buckets) == sample.errors
    assert [one["type"] for one in found.traces] == ([sample.trace] if sample.trace else [])


@pytest.mark.parametrize("name", [name for name, sample in SAMPLES.items() if sample.clock])
def test_a_convention_is_read_the_same_behind_another_one(name: str) -> None:
    """The reader keeps what the line before had; that must not hide another header."""
    sample = SAMPLES[name]
    reader = HeaderReader()
    for other in ("2026-11-23 10:04:02 INFO first", "Nov 23 10:04:02 host a: b", "12 no header", "1795428242 x"):
        reader.read(other)
        assert reader.read(sample.line) == read_header(sample.line), other


@pytest.mark.parametrize(
    "line",
    [
        "the job failed, time: 2026-11-23 10:04:02 was too late",
        'msg="at 2026-11-23T10:04:02Z" level=info',
        '{"msg":"it was 2026-11-23T10:04:02Z then","level":"info"}',
        '{"request":{"time":"2026-11-23T10:04:02Z"},"level":"info"}',
    ],
)
def test_a_moment_in_a_sentence_is_no_clock_of_the_line(line: str) -> None:
    assert read(f"{line}\n").started is None


def rows() -> dict[str, list[str]]:
    """The table of conventions in the reference: name, and the other cells without their marks of code."""
    text = REFERENCE.read_text(encoding="utf-8")
    table = text[text.index("| convention |") :].partition("\n\n")[0].splitlines()[2:]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in table]
    return {name: [cell.strip("`") for cell in rest] for name, *rest in cells}


def test_the_reference_lists_every_convention_as_it_is_read() -> None:
    told = rows()
    assert list(told) == list(SAMPLES)
    for name, (line, at, level, message) in told.items():
        header = read_header(line)
        shown = (
            "-"
            if header.stamp == "" or header.kind == "uptime"
            else "time of day"
            if header.kind == "clock"
            else "moment"
        )
        assert (shown, header.level or "-") == (at, level), name
        assert (header.message(line).strip() or "on the lines below") == message, name
        assert line in SAMPLES[name].text, name
