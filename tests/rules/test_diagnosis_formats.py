"""One table of the conventions of logs: the name of the format, its clock, its records, its errors and its traces."""

import io
from dataclasses import dataclass

import pytest

from tierline.work.diagnosis.rules.reading import EvidenceReader, Reading

TEN = 1_795_428_242  # 2026-11-23 10:04:02 UTC; each sample ends three seconds later


@dataclass(frozen=True)
class Sample:
    """Two records (or more lines that belong to two), and what reading them shows."""

    text: str
    format: str
    templates: int = 1
    errors: int = 0
    trace: str = ""


SAMPLES = {
    "syslog (RFC 3164)": Sample(
        "Nov 23 10:04:02 gw-1 tunneld[4711]: link to peer 12 went down\n"
        "Nov 23 10:04:05 gw-1 tunneld[4711]: link to peer 13 went down\n",
        "syslog",
    ),
    "syslog (RFC 5424)": Sample(
        "<34>1 2026-11-23T10:04:02.118Z gw-1 tunneld 4711 ID47 - link to peer 12 went down\n"
        "<34>1 2026-11-23T10:04:05.118Z gw-1 tunneld 4711 ID47 - link to peer 13 went down\n",
        "log with time stamps",
    ),
    "journal": Sample(
        "Nov 23 10:04:02.118304 gw-1 systemd[1]: Started tunnel 12.\n"
        "Nov 23 10:04:05.118304 gw-1 systemd[1]: Started tunnel 13.\n",
        "syslog",
    ),
    "logfmt": Sample(
        'ts=2026-11-23T10:04:02.118Z level=info msg="link down" peer=12\n'
        'ts=2026-11-23T10:04:05.118Z level=info msg="link down" peer=13\n',
        "logfmt",
    ),
    "logfmt with quotation marks": Sample(
        'time="2026-11-23T10:04:02Z" level=info msg="link down" peer=12\n'
        'time="2026-11-23T10:04:05Z" level=info msg="link down" peer=13\n',
        "logfmt",
    ),
    "JSON lines": Sample(
        '{"time":"2026-11-23T10:04:02.118Z","level":"info","msg":"link 12 down"}\n'
        '{"time":"2026-11-23T10:04:05.118Z","level":"info","msg":"link 13 down"}\n',
        "json lines",
    ),
    "JSON lines, level first": Sample(
        '{"level":"info","@timestamp":"2026-11-23T10:04:02.118Z","msg":"link 12 down"}\n'
        '{"level":"info","@timestamp":"2026-11-23T10:04:05.118Z","msg":"link 13 down"}\n',
        "json lines",
    ),
    "JSON lines, seconds since 1970": Sample(
        '{"level":"info","ts":1795428242.118,"msg":"link 12 down"}\n'
        '{"level":"info","ts":1795428245.118,"msg":"link 13 down"}\n',
        "json lines",
    ),
    "Apache, access": Sample(
        '192.0.2.7 - - [23/Nov/2026:10:04:02 +0000] "GET /a HTTP/1.1" 200 12\n'
        '192.0.2.7 - - [23/Nov/2026:11:04:05 +0100] "GET /b HTTP/1.1" 500 12\n',
        "web access log",
    ),
    "Apache, error": Sample(
        "[Mon Nov 23 10:04:02.118304 2026] [core:error] [pid 12] AH1: file 12 missing\n"
        "[Mon Nov 23 10:04:05.118304 2026] [core:error] [pid 12] AH1: file 13 missing\n",
        "syslog",
    ),
    "nginx, error": Sample(
        '2026/11/23 10:04:02 [error] 12#12: *1 open() "/a" failed\n'
        '2026/11/23 10:04:05 [error] 12#12: *2 open() "/a" failed\n',
        "log with time stamps",
        errors=2,
    ),
    "Windows, servicing": Sample(
        "2026-11-23 10:04:02, Info                  CBS    Starting session 12\n"
        "2026-11-23 10:04:05, Error                 CBS    Starting session 13\n",
        "log with time stamps",
        errors=1,
    ),
    "Java": Sample(
        "2026-11-23 10:04:02,118 ERROR [main] net.Core: rekey 12 failed\n"
        "java.io.IOException: gone\n\tat net.Core.run(Core.java:12)\n\tat net.Main.main(Main.java:3)\n"
        "Caused by: java.lang.IllegalStateException: x\n\tat net.B.c(B.java:1)\n\t... 2 more\n"
        "2026-11-23 10:04:05,118 ERROR [main] net.Core: rekey 13 failed\n",
        "plain text",
        errors=2,
        trace="java.lang.IllegalStateException",
    ),
    "Python": Sample(
        "2026-11-23 10:04:02,118 ERROR core rekey failed\n"
        'Traceback (most recent call last):\n  File "/srv/a.py", line 3, in run\n    go()\nValueError: no key\n'
        "2026-11-23 10:04:05,118 INFO core rekey failed\n",
        "plain text",
        errors=1,
        trace="ValueError",
    ),
    ".NET": Sample(
        "2026-11-23 10:04:02.118 +00:00 [ERR] rekey failed\n"
        "System.InvalidOperationException: no key\n   at Net.Core.Run() in C:\\a\\Core.cs:line 12\n"
        "   at Net.Main.Go()\n"
        "2026-11-23 10:04:05.118 +00:00 [INF] rekey failed\n",
        "plain text",
        errors=1,
        trace="System.InvalidOperationException",
    ),
    "Kubernetes, container runtime": Sample(
        "2026-11-23T10:04:02.118304567Z stdout F link 12 down\n2026-11-23T10:04:05.118304567Z stdout F link 13 down\n",
        "log with time stamps",
    ),
    "Android": Sample(
        "11-23 10:04:02.118  1702  2395 D WindowManager: printFreezing 12\n"
        "11-23 10:04:05.118  1702  2395 E WindowManager: printFreezing 13\n",
        "device log",
        errors=1,
    ),
    "Elasticsearch": Sample(
        "[2026-11-23T10:04:02,118][ERROR][o.e.Core] [node-1] rekey 12\n"
        "[2026-11-23T10:04:05,118][ERROR][o.e.Core] [node-1] rekey 13\n",
        "log with time stamps",
        errors=2,
    ),
    "PostgreSQL": Sample(
        "2026-11-23 10:04:02.118 UTC [12] ERROR:  relation 12 does not exist\n"
        "2026-11-23 10:04:05.118 UTC [12] ERROR:  relation 13 does not exist\n",
        "log with time stamps",
        errors=2,
    ),
}


def read(text: str) -> Reading:
    return EvidenceReader(io.BytesIO(), year=2026).read(io.BytesIO(text.encode()), "a.log")


@pytest.mark.parametrize("name", list(SAMPLES))
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_convention_is_known_with_its_clock_and_its_records(name: str, ends: str) -> None:
    sample = SAMPLES[name]
    found = read(sample.text.replace("\n", ends))
    assert (found.started, found.ended) == (TEN, TEN + 3)
    assert found.format == sample.format
    assert len(found.templates) == sample.templates, [one["text"] for one in found.templates]
    assert sum(one["errors"] for one in found.buckets) == sample.errors
    assert [one["type"] for one in found.traces] == ([sample.trace] if sample.trace else [])


@pytest.mark.parametrize(
    "line",
    [
        "the job failed, time: 2026-11-23 10:04:02 was too late",
        'msg="at 2026-11-23T10:04:02Z" level=info',
    ],
)
def test_a_moment_in_a_sentence_is_no_clock_of_the_line(line: str) -> None:
    assert read(f"{line}\n").started is None
