"""Mails for tests: the usual headers, everything changeable; and a mail server that keeps what it gets."""

from __future__ import annotations

import socketserver
import threading
from dataclasses import dataclass, field
from itertools import count
from typing import Self

_numbers = count(1)


def mail(body: str | bytes = "The printer on floor 3 is on fire.", **headers: str | None) -> bytes:
    """A plain mail; names with `_` for `-`; None leaves a header out. Message-ID is new each time."""
    usual: dict[str, str | None] = {
        "From": "Nora Field <nora@customer.example>",
        "To": "support@desk.example",
        "Subject": "Printer on fire",
        "Message_ID": f"<test-{next(_numbers)}@customer.example>",
    }
    given = {name.lower() for name in headers}
    fields = {k: v for k, v in usual.items() if k.lower() not in given} | headers
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items() if value is not None)
    data = body if isinstance(body, bytes) else body.encode()
    return head.encode("utf-8", "surrogateescape") + b"\r\n" + data


def multipart(*parts: str | bytes, subtype: str = "mixed", **headers: str | None) -> bytes:
    """A multipart mail; each part with its own headers, then an empty line, then its body."""
    pieces = [part if isinstance(part, bytes) else part.encode() for part in parts]
    body = b"".join(b"--frontier\r\n" + piece + b"\r\n" for piece in pieces) + b"--frontier--\r\n"
    return mail(body, Content_Type=f'multipart/{subtype}; boundary="frontier"', **headers)


def bounce(
    message_id: str, *, recipient: str = "nora@customer.example", status: str = "5.1.1", action: str = "failed"
) -> bytes:
    """A delivery report in the form of RFC 3464 about the mail with this id (without brackets)."""
    return multipart(
        "Content-Type: text/plain\r\n\r\nYour message could not be delivered.",
        "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: {status}\r\n"
        "Diagnostic-Code: smtp; 550 no such user\r\n",
        f"Content-Type: text/rfc822-headers\r\n\r\nSubject: Re: x\r\nMessage-ID: <{message_id}>\r\n",
        subtype="report; report-type=delivery-status",
        From="Mail Delivery System <MAILER-DAEMON@mx.example>",
        Return_Path="<>",
    )


@dataclass
class Letter:
    """One mail as the server took it."""

    sender: str
    recipients: list[str]
    content: bytes


@dataclass
class MailServer:
    """An SMTP server on loopback. `refuse` maps an address to the answer it gets instead of 250."""

    letters: list[Letter] = field(default_factory=list)
    refuse: dict[str, str] = field(default_factory=dict)
    port: int = 0

    def __enter__(self) -> Self:
        keeper = self

        class Talk(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                _talk(self, keeper)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def settings(self) -> dict[str, object]:
        """What `TIERLINE_SMTP` must be for the desk to use this server."""
        return {
            "host": "127.0.0.1",
            "port": self.port,
            "username": "",
            "password": "",
            "use_ssl": False,
            "use_tls": False,
        }


def _talk(talk: socketserver.StreamRequestHandler, keeper: MailServer) -> None:
    def say(words: str) -> None:
        talk.wfile.write(f"{words}\r\n".encode())

    letter = Letter("", [], b"")
    say("220 test")
    while line := talk.rfile.readline():
        verb = line.strip().decode("ascii", "replace").upper()
        address = line.decode("utf-8", "replace").partition("<")[2].partition(">")[0]
        if verb.startswith("MAIL FROM"):
            letter = Letter(address, [], b"")
            say("250 ok")
        elif verb.startswith("RCPT TO"):
            say(keeper.refuse.get(address, "250 ok"))
            letter.recipients.append(address)
        elif verb == "DATA":
            say("354 go")
            lines = iter(talk.rfile.readline, b".\r\n")
            letter.content = b"".join(one[1:] if one.startswith(b"..") else one for one in lines)
            keeper.letters.append(letter)
            say("250 taken")
        elif verb == "QUIT":
            say("221 bye")
            return
        else:
            say("250 ok")


# Notification mails of monitoring systems, as their own templates write them.
ALERTMANAGER_HTML = """\
<html><head><title>[FIRING:1] InstanceDown</title></head><body><table>
<tr><td>2 alerts for alertname=InstanceDown</td></tr>
<tr><td><a href="http://alertmanager.desk.example/#/alerts">View in Alertmanager</a></td></tr>
<tr><td><strong>[1] Firing</strong></td></tr>
<tr><td><strong>Labels</strong><br />
alertname = InstanceDown<br />instance = db1:9100<br />severity = critical<br />
<strong>Annotations</strong><br />
description = No answer for 5 minutes.<br />runbook_url = https://wiki.desk.example/db<br />summary = db1 is down<br />
<a href="http://prometheus.desk.example/graph?g0.expr=up">Source</a><br /></td></tr>
<tr><td><strong>[1] Resolved</strong></td></tr>
<tr><td><strong>Labels</strong><br />alertname = InstanceDown<br />instance = db2:9100<br />severity = critical<br />
<a href="http://prometheus.desk.example/graph?g0.expr=up">Source</a><br /></td></tr>
</table><p>Sent by Alertmanager</p></body></html>
"""
GRAFANA_TEXT = """\
**Firing**

Value: B=92.5, C=1
Labels:
 - alertname = HighCPU
 - grafana_folder = Infra
 - instance = db1
Annotations:
 - summary = CPU of db1 over 90 %
Source: https://grafana.desk.example/alerting/grafana/x1/view?orgId=1
Silence: https://grafana.desk.example/alerting/silence/new?alertmanager=grafana


**Resolved**

Value: [no value]
Labels:
 - alertname = HighCPU
 - instance = db2
Annotations:
Source: https://grafana.desk.example/alerting/grafana/x2/view?orgId=1
"""
ZABBIX_TEXT = """\
Problem {state} at 09:12:44 on 2026.11.17
Problem name: Disk is full
Host: db1
Severity: High
Operational data: Space used: 98 %
Original problem ID: 4711
https://zabbix.desk.example/tr_events.php?triggerid=1&eventid=4711
"""
