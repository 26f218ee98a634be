"""Forms of line as programs of many kinds write them: values make no new template, what tells lines apart does."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from tierline.work.diagnosis.rules.templates import group_lines

Make = Callable[[random.Random], str]


def host(pick: random.Random) -> str:
    return ".".join(str(pick.randint(1, 254)) for _ in range(4))


def big(pick: random.Random) -> str:
    """A number of an object, below zero as well."""
    return f"{pick.choice(('', '-'))}{pick.randint(10**17, 9 * 10**18)}"


def word(pick: random.Random) -> str:
    return "".join(pick.choices("abcdefghijklmnopqrstuvwxyz", k=pick.randint(3, 9)))


# What one place of a program writes: all its lines are one form.
ONE_FORM: dict[str, Make] = {
    "ids below zero": lambda p: (
        f"081109 203518 {p.randint(1, 999)} INFO fs.Node: Receiving obj_{big(p)} from /{host(p)}:50010"
    ),
    "a list of ids": lambda p: "081109 203518 1 INFO fs.Names: ask {} to drop {}".format(
        host(p), " ".join(f"obj_{big(p)}" for _ in range(p.randint(1, 6)))
    ),
    "a list of addresses": lambda p: "sending to " + ", ".join(f"{host(p)}:50010" for _ in range(p.randint(1, 4))),
    "durations under one second": lambda p: (
        f"[10.30 16:49:06] peer {host(p)} closed, {p.randint(0, 99)} bytes sent, lifetime "
        + p.choice(("<1 sec", f"00:{p.randint(10, 59)}", f"01:{p.randint(10, 59)}:07"))
    ),
    "sizes in several units": lambda p: (
        f"stored (estimated size {p.randint(1, 999)}.{p.randint(0, 9)} {p.choice(('B', 'KB', 'MB'))}, "
        f"free {p.randint(1, 99)}.0 {p.choice(('KB', 'GB'))})"
    ),
    "many users": lambda p: (
        f"Dec 10 06:55:{p.randint(10, 59)} gw sshd[{p.randint(1, 9999)}]: Invalid user {word(p)} from {host(p)}"
    ),
    "requests": lambda p: (
        f'{host(p)} - - [23/Nov/2026:10:04:02 +0000] "GET /a/{p.randint(1, 999)} HTTP/1.1" 200 {p.randint(1, 9999)}'
    ),
    "a handle": lambda p: (
        f"2026-11-23 10:04:02, Info   {p.getrandbits(32):08x} Created transaction (seq {p.randint(1, 9)}) "
        f"result 0x00000000, handle @0x{p.getrandbits(12):x}"
    ),
    "tasks": lambda p: (
        f"17/06/09 20:10:40 INFO exec.Task: Finished task {p.randint(0, 40)}.0 in stage {p.randint(0, 9)}.0 (TID "
        f"{p.randint(0, 999)}). {p.randint(1000, 9999)} bytes sent to driver"
    ),
    "attempts": lambda p: (
        f"Progress of attempt_14451444{p.randint(10, 99)}_0020_m_{p.randint(0, 9):06d}_0 is : 0.{p.randint(1, 99999)}"
    ),
    "guids": lambda p: (
        f"instance {p.getrandbits(32):08x}-1111-4222-8333-{p.getrandbits(48):012x} took {p.randint(1, 99)}.5 seconds"
    ),
    "paths": lambda p: f"Deleting file /mnt/data/current/subdir{p.randint(0, 63)}/obj_{big(p)}",
    "key and value": lambda p: f"level=info msg=done user={word(p)}{p.randint(1, 99)} took={p.randint(1, 999)}ms",
}


@pytest.mark.parametrize("name", ONE_FORM)
def test_what_varies_makes_no_new_template(name: str) -> None:
    pick = random.Random(name)
    assert len(set(group_lines([ONE_FORM[name](pick) for _ in range(400)]))) == 1


# Lines that a person tells apart, in a log where each comes many times.
APART: dict[str, tuple[Make, ...]] = {
    "verbs of requests": (
        lambda p: f'{host(p)} "GET /v2/x/{p.randint(1, 99)} HTTP/1.1" status: 200 len: {p.randint(1, 999)}',
        lambda p: f'{host(p)} "DELETE /v2/x/{p.randint(1, 99)} HTTP/1.1" status: 204 len: {p.randint(1, 999)}',
        lambda p: f'{host(p)} "POST /v2/x HTTP/1.1" status: 202 len: {p.randint(1, 999)}',
    ),
    "states": (
        lambda p: f"[instance: {p.getrandbits(64):016x}] machine started",
        lambda p: f"[instance: {p.getrandbits(64):016x}] machine stopped",
        lambda p: f"[instance: {p.getrandbits(64):016x}] machine paused",
    ),
    "one word more": (
        lambda p: f"Failed password for root from {host(p)} port {p.randint(1, 65535)}",
        lambda p: f"Failed password for invalid user {word(p)} from {host(p)} port {p.randint(1, 65535)}",
    ),
    "a field more": (
        lambda p: f"authentication failure; uid=0 tty=ssh rhost={host(p)}",
        lambda p: f"authentication failure; uid=0 tty=ssh rhost={host(p)}  user=root",
    ),
    "in memory as what": (
        lambda p: f"Block b_{p.randint(1, 99)} stored as values (size {p.randint(1, 99)} KB)",
        lambda p: f"Block b_{p.randint(1, 99)} stored as bytes (size {p.randint(1, 99)} KB)",
    ),
}


@pytest.mark.parametrize("name", APART)
def test_what_tells_lines_apart_stays(name: str) -> None:
    pick = random.Random(name)
    made = [(at, make(pick)) for at, make in enumerate(APART[name]) for _ in range(120)]
    pick.shuffle(made)
    groups: dict[int, set[str]] = {}
    for (at, _), found in zip(made, group_lines([line for _, line in made]), strict=True):
        groups.setdefault(at, set()).add(found)
    assert all(len(found) == 1 for found in groups.values()), groups
    assert len(set.union(*groups.values())) == len(APART[name])
