"""Headers, masks and templates: equal forms of line get one id, whatever they carry."""

import json
import os
import random
from pathlib import Path

import pytest

from tierline.work.diagnosis.rules.folding import Thresholds, fold
from tierline.work.diagnosis.rules.headers import HeaderReader, read_header
from tierline.work.diagnosis.rules.masks import mask
from tierline.work.diagnosis.rules.templates import (
    BLANK,
    OTHER,
    TemplateMiner,
    group_lines,
    render,
    split,
    template_id,
)

# line, kind of stamp, level, message
HEADERS = [
    ("2026-11-23 10:04:02,118 - WARN  [pool-1:Worker@76] - Send failed", "iso", "WARN", "Send failed"),
    ("2026-11-23T10:04:02.118Z INFO [main] org.desk.Mailer: Sent 3 mails", "iso", "INFO", "Sent 3 mails"),
    ("2026-11-23 10:04:02 ERROR rekey window exceeded", "iso", "ERROR", "rekey window exceeded"),
    ("[2026-11-23 10:04:02] app.ERROR: boom happened", "iso", "", "boom happened"),
    ("Nov  3 10:04:02 gw-hh-02 sshd[4718]: Connection closed", "syslog", "", "Connection closed"),
    ("Nov 13 10:04:02 gw-hh-02 kernel: link is up", "syslog", "", "link is up"),
    ("11-23 10:04:02.118  1702  2644 D PowerManager: screen on", "day", "DEBUG", "screen on"),
    ("26/11/23 10:04:02 INFO storage.Block: Found block 7", "short", "INFO", "Found block 7"),
    ("20261123-10:4:2:118|StepCounter|30002|onStep 4", "compact", "", "onStep 4"),
    ("261123 100402 148 INFO fs.Node: Served block", "six", "INFO", "Served block"),
    ("[Mon Nov 23 10:04:02 2026] [error] child in error state 6", "syslog", "ERROR", "child in error state 6"),
    ("1795428242 gw-2 link flapped", "epoch", "", "gw-2 link flapped"),
    ("- 1795428242 2026.11.23 n7 Nov 23 10:04:02 n7/n7 ntpd[25]: synchronized", "syslog", "", "synchronized"),
    ("10:04:02.118 plain words", "clock", "", "plain words"),
    ("no stamp at all", "", "", "no stamp at all"),
    ("", "", "", ""),
    ("  at Rekey.verify_window  rekey.c:212", "", "", "  at Rekey.verify_window  rekey.c:212"),
]


@pytest.mark.parametrize(("line", "kind", "level", "message"), HEADERS, ids=[row[0][:24] or "empty" for row in HEADERS])
def test_a_header_is_told_from_its_message(line: str, kind: str, level: str, message: str) -> None:
    header = read_header(line)
    assert (header.kind, header.level, line[header.start :]) == (kind, level, message)


def test_a_reader_of_a_whole_file_says_the_same_as_one_line_alone() -> None:
    lines = [row[0] for row in HEADERS] * 3
    random.Random(7).shuffle(lines)
    reader = HeaderReader()
    for line in lines:
        assert reader.read(line) == read_header(line)


def test_a_date_in_the_message_is_no_header() -> None:
    line = 'INFO the licence="x" (valid, until 2026-11-23 10:04:02) is fine'
    assert read_header(line).start == 0


def test_a_header_never_swallows_the_whole_line() -> None:
    for line in ("2026-11-23 10:04:02 INFO", "Nov  3 10:04:02 host tag:", "1795428242 1 warning"):
        assert line[read_header(line).start :].strip()


MASKS = [
    ("rekey window exceeded after 600 s, seq 48211 last 48290", "rekey window exceeded after <*> s, seq <*> last <*>"),
    ("open /var/lib/desk/blobs/7f/a3 failed", "open <*> failed"),
    ("open C:\\Users\\ines\\log.txt failed", "open <*> failed"),
    ("GET https://desk.example/x?y=1 took 12 ms", "GET <*> took <*> ms"),
    ("session 550e8400-e29b-41d4-a716-446655440000 ended", "session <*> ended"),
    ("peer 10.1.2.3:8080 is gone", "peer <*> is gone"),
    ("peer <address-3> sent <token-1>", "peer <*> sent <*>"),
    ("core.2105 written by eth0", "core.<*> written by eth<*>"),
    ("flags 0xdeadbeef and 34ede65503f002d", "flags <*> and <*>"),
    ("size 12 KB of 3 GB", "size <*> of <*>"),
    ("offset -5 and +7", "offset <*> and <*>"),
    ("list [1, 2, 3, 4] done", "list [<*>] done"),
    ('user "bob" said "7 things"', 'user "bob" said "<*>"'),
    ("name=com.example.app.Main flag=true", "name=<*> flag=true"),
    ("at Sat Jul  9 12:16:49 2005 it began", "at <*> it began"),
    ("mail to a.b@field.example bounced", "mail to <*> bounced"),
    ("block blk_-1608999687919862906 and blk_42 read", "block blk_<*> and blk_<*> read"),
    ('10.1.2.3 "GET /v2/servers/7 HTTP/1.1" 200', '<*> "GET <*>" <*>'),
    ('"DELETE /v2/servers/7 HTTP/1.1" status: 204', '"DELETE <*>" status: <*>'),
    ("closed, lifetime <1 sec", "closed, lifetime <*>"),
    ("closed, lifetime 00:05", "closed, lifetime <*>"),
    ("took ~5 ms", "took <*>"),
    ("a list<7> of 5 s", "a list<<*>> of <*> s"),
    ("nothing varies here", "nothing varies here"),
    ("", ""),
]


@pytest.mark.parametrize(("message", "skeleton"), MASKS, ids=[row[0][:20] or "empty" for row in MASKS])
def test_values_become_slots_and_words_stay(message: str, skeleton: str) -> None:
    assert mask(message) == skeleton


def test_a_list_of_names_is_one_value_however_long() -> None:
    assert split(mask("nodes an12 an13 an14 lost")) == split(mask("nodes an1 an2 an3 an4 an5 lost"))


def test_words_and_gaps_give_the_text_back() -> None:
    for text in ("a=b, c (d)", "x: y", "one two"):
        assert render(*split(text)) == text


def test_a_place_with_many_words_is_a_value() -> None:
    rows = [("user", name, "logged", "in") for name in ("ann", "bob", "cem", "dov", "eva", "fay")]
    assert set(fold(rows)) == {("user", "<*>", "logged", "in")}


def test_a_place_with_few_words_is_not() -> None:
    rows = [("disk", word, "now") for word in ("full", "empty", "warm", "cold")]
    assert fold(rows) == rows


def test_after_a_word_for_a_role_three_names_are_enough() -> None:
    rows = [("closed", "for", "user", name) for name in ("cyrus", "news", "test")]
    assert set(fold(rows)) == {("closed", "for", "user", "<*>")}


def test_two_places_that_vary_together_are_both_values() -> None:
    names = ("ann", "bob", "cem", "dov", "eva", "fay", "gil")
    rows = [("route", "from", one, "goes", "to", two) for one, two in zip(names, reversed(names), strict=True)]
    assert set(fold(rows)) == {("route", "from", "<*>", "goes", "to", "<*>")}


def test_the_first_word_is_never_a_value_of_words() -> None:
    rows = [(verb, "succeeded", "quickly") for verb in ("start", "stop", "load", "save", "send", "read", "scan")]
    assert fold(rows) == rows


def test_thresholds_can_be_set() -> None:
    rows = [("disk", word, "now") for word in ("full", "empty")]
    assert set(fold(rows, Thresholds(words=2))) == {("disk", "<*>", "now")}


def test_the_order_of_lines_changes_no_template() -> None:
    names = ["ann", "bob", "cem", "dov", "eva", "fay"] * 9
    lines = [f"step {at} of user {name} took {at * 7} ms" for at, name in enumerate(names)]
    lines += ["cache cleared", "cache is cold", ""] * 5
    expected = dict(zip(lines, group_lines(lines), strict=True))
    for seed in range(3):
        mixed = lines[:]
        random.Random(seed).shuffle(mixed)
        assert dict(zip(mixed, group_lines(mixed), strict=True)) == expected


def test_an_id_depends_on_the_text_alone() -> None:
    assert template_id("a <*> b") == template_id("a <*> b") != template_id("a <*> c")
    assert group_lines(["step 1 done"]) == group_lines(["2026-11-23 10:00:00 INFO x.Y: step 77 done"])


def test_templates_say_how_often_and_where_first() -> None:
    miner = TemplateMiner()
    for at, message in enumerate(["a 1", "b", "a 2", "", "a 3"], 1):
        miner.add(message, at)
    found = {one.text: (one.count, one.first) for one in miner.settle()[0]}
    assert found == {"a <*>": (3, 1), "b": (1, 2), BLANK: (1, 4)}


def test_counts_add_up_whatever_the_lines_are() -> None:
    rng = random.Random(3)
    words = ["alpha", "beta", "12", "x=3", "(y)", "/a/b/c", '"q"', "<*>", "\t", "é", "::"]
    messages = [" ".join(rng.choices(words, k=rng.randrange(0, 9))) for _ in range(3_000)]
    miner = TemplateMiner()
    numbers = [miner.add(message) for message in messages]
    templates, place = miner.settle()
    assert sum(one.count for one in templates) == len(messages)
    assert len({one.id for one in templates}) == len(templates)
    assert all(0 <= place[number] < len(templates) for number in numbers)


def test_memory_is_bounded_by_templates_not_by_lines() -> None:
    miner = TemplateMiner(max_skeletons=50, max_cached=100)
    letters = "abcdefghijklmnopqrstuvwxyz"
    for one in letters:
        for two in letters:
            miner.add(f"{one}{two}{one} {two}{one}{two} {one}{one}")
    templates, _ = miner.settle()
    assert len(templates) <= 51
    assert sum(one.count for one in templates) == 26 * 26
    assert OTHER in {one.text for one in templates}


DATA = Path(os.environ.get("TIERLINE_SHARED", Path(__file__).parents[3] / "shared")) / "data" / "loghub-2k"


@pytest.mark.skipif(not DATA.is_dir(), reason="the public log samples are not on this machine (TIERLINE_SHARED)")
def test_one_setting_groups_real_logs_well() -> None:
    """Grouping accuracy (Zhu et al. 2019): lines whose group is exactly a group of the reference."""
    import csv
    import gzip

    shares = {}
    for folder in sorted(path for path in DATA.iterdir() if path.is_dir()):
        with gzip.open(folder / f"{folder.name}_2k.log_structured.csv.gz", "rt", encoding="utf-8", newline="") as rows:
            reference = [row["EventId"] for row in csv.DictReader(rows)]
        text = (folder / f"{folder.name}_2k.log").read_text(encoding="utf-8", errors="replace")
        found = group_lines(text.split("\n")[: len(reference)])
        shares[folder.name] = _right(reference, found) / len(reference)
    assert sum(shares.values()) / len(shares) >= 0.9, json.dumps(shares)
    assert min(shares.values()) >= 0.6, json.dumps(shares)


def _right(reference: list[str], found: list[str]) -> int:
    def groups(labels: list[str]) -> set[frozenset[int]]:
        by_label: dict[str, set[int]] = {}
        for at, label in enumerate(labels):
            by_label.setdefault(label, set()).add(at)
        return {frozenset(lines) for lines in by_label.values()}

    return sum(len(group) for group in groups(found) & groups(reference))


def test_a_line_whose_figures_alone_are_new_is_looked_up_and_counted() -> None:
    from tierline.work.diagnosis.rules.templates import LineMiner, TemplateMiner

    miner = TemplateMiner()
    feed = LineMiner(miner, max_cached=3)
    lines = [f"2026-11-23 10:04:{at:02d} INFO [w-{at}] step {at:02d} of {word}" for at in range(40) for word in "abcde"]
    numbers = [number for at in range(0, len(lines), 7) for number in feed.feed(lines[at : at + 7])]
    found, place = miner.settle()
    assert sum(one.count for one in found) == len(lines)
    assert found[0].first == 1
    assert [found[place[number]].id for number in numbers] == group_lines(lines)
