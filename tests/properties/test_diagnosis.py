"""Properties of the pure rules of diagnosis, on whatever Hypothesis finds."""

import io

from hypothesis import given, settings
from hypothesis import strategies as st

from tierline.work.diagnosis.rules.clocks import moment
from tierline.work.diagnosis.rules.headers import HeaderReader, read_header
from tierline.work.diagnosis.rules.lines import MAX_LINE, Bounds, charset_of, decode, split_lines
from tierline.work.diagnosis.rules.masks import mask
from tierline.work.diagnosis.rules.match import Condition, Matcher, Observed, from_json, match, to_json
from tierline.work.diagnosis.rules.reading import EvidenceReader
from tierline.work.diagnosis.rules.redact import Redactor
from tierline.work.diagnosis.rules.stacks import parse
from tierline.work.diagnosis.rules.templates import TemplateMiner, group_lines
from tierline.work.diagnosis.rules.versions import version_key

QUICK = settings(max_examples=60, deadline=None)
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=80)
WORDS = st.lists(
    st.sampled_from([
        "password=", "token:", "a@b.example", "10.1.2.3", "::1", "2026-11-23 10:04:02", "INFO", "[x]", "at ",
        "<*>", "+49",         "4111111111111111", '"', "'", "=", "(", ")", "Caused by: ", "  at a.b(c.java:1)",
        "-----BEGIN ", "#0 0x12 in f ",
        "eyJ", "Cookie: a=b", "é", "\t", "|", "word", "12", "/a/b", "x.Error: y",
    ]),
    max_size=12,
).map(" ".join)  # fmt: skip
LINES = st.lists(TEXT | WORDS, max_size=12)


@QUICK
@given(st.binary(max_size=2_000))
def test_any_bytes_are_read_or_refused_with_a_reason(data: bytes) -> None:
    out = io.BytesIO()
    reading = EvidenceReader(out).read(io.BytesIO(data), "any")
    assert reading.state in {"ready", "refused"}
    assert reading.state == "ready" or reading.reason
    assert out.getvalue().count(b"\n") == reading.lines


@QUICK
@given(LINES)
def test_redaction_keeps_the_number_of_lines_and_is_done_after_one_time(lines: list[str]) -> None:
    redactor = Redactor()
    once = redactor.redact("\n".join(lines))
    assert once.count("\n") == "\n".join(lines).count("\n")
    assert redactor.redact(once) == once


@QUICK
@given(TEXT, st.from_regex(r"[a-z]{1,10}\.[a-z]{2,10}@[a-z]{3,10}\.example", fullmatch=True), TEXT)
def test_a_mail_address_between_spaces_never_gets_through(before: str, mail: str, after: str) -> None:
    assert mail not in Redactor().redact(f"{before} {mail} {after}")


@QUICK
@given(st.from_regex(r"[A-Za-z0-9!#%*+._~-]{8,40}", fullmatch=True).filter(lambda value: value.strip("*x.-_#")))
def test_a_password_in_quotes_never_gets_through(password: str) -> None:
    safe = Redactor().redact(f'{{"user": "bob", "password": "{password}!"}}')
    assert f'"{password}!"' not in safe


@QUICK
@given(LINES)
def test_a_header_ends_inside_its_line_and_readers_never_fail(lines: list[str]) -> None:
    reader = HeaderReader()
    for line in lines:
        for header in (reader.read(line), read_header(line)):
            assert 0 <= header.start <= len(line)
            assert bool(header.kind) == bool(header.stamp)
            moment(header.kind, header.stamp, year=2026)


@QUICK
@given(st.lists(st.integers(0, 10**12), min_size=2, max_size=30))
def test_numbers_never_make_a_template(numbers: list[int]) -> None:
    assert len(set(group_lines([f"step {number} of the walk took {number % 77} ms" for number in numbers]))) == 1


@QUICK
@given(LINES)
def test_every_line_has_a_template_and_counts_add_up(lines: list[str]) -> None:
    miner = TemplateMiner()
    numbers = [miner.add(line) for line in lines]
    templates, place = miner.settle()
    assert sum(one.count for one in templates) == len(lines)
    assert len(place) > max(numbers, default=-1)


@QUICK
@given(TEXT | WORDS)
def test_masking_a_skeleton_again_adds_no_slot(message: str) -> None:
    once = mask(message)
    assert mask(once).count("<*>") <= max(1, once.count("<*>")) + once.count("/") + once.count('"')


@QUICK
@given(LINES)
def test_stack_traces_lie_inside_the_lines(lines: list[str]) -> None:
    for trace in parse(lines):
        assert 1 <= trace.line <= len(lines)
        assert trace.frames
        assert trace.fingerprint.startswith("f")


@QUICK
@given(st.lists(st.text("ab\n\r\u00e9", max_size=9), max_size=12))
def test_cutting_the_text_elsewhere_changes_no_line(parts: list[str]) -> None:
    def lines(pieces: list[str]) -> list[str]:
        return [line for batch in split_lines(pieces, Bounds()) for line in batch]

    assert lines(parts) == lines(["".join(parts)])


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 3 * MAX_LINE), st.integers(50, 100_000))
def test_no_character_of_a_long_line_is_lost_uncounted(length: int, step: int) -> None:
    bounds = Bounds()
    pieces = ["x" * min(step, length - at) for at in range(0, length, step)]
    kept = sum(len(line) for batch in split_lines(pieces, bounds) for line in batch)
    assert kept + bounds.cut_characters == length
    assert kept <= MAX_LINE


@QUICK
@given(st.binary(max_size=300))
def test_text_of_any_charset_decodes(data: bytes) -> None:
    charset = charset_of(data)
    if charset is not None:
        assert "\x00" not in "".join(decode([data], charset))


@QUICK
@given(st.lists(st.lists(st.integers(0, 30), min_size=1, max_size=4), min_size=1, max_size=8))
def test_versions_sort_like_their_numbers(versions: list[list[int]]) -> None:
    def trimmed(version: list[int]) -> list[int]:
        while version and version[-1] == 0:
            version = version[:-1]
        return version

    texts = [".".join(map(str, version)) for version in versions]
    in_order = sorted(zip(texts, versions, strict=True), key=lambda pair: version_key(pair[0]))
    assert [trimmed(version) for _, version in in_order] == sorted(map(trimmed, versions))


CONDITIONS = st.builds(
    Condition,
    kind=st.sampled_from(["template", "fingerprint", "exception", "text"]),
    value=st.sampled_from(["alpha", "beta gamma", "t123", "f1"]),
    least=st.integers(1, 3),
)


@QUICK
@given(st.lists(CONDITIONS, max_size=4), st.lists(CONDITIONS, max_size=4), TEXT)
def test_a_score_is_a_share_and_every_reason_is_said(every: list[Condition], some: list[Condition], text: str) -> None:
    matcher = Matcher(tuple(every), tuple(some))
    found = match(matcher, Observed(text=f"alpha {text}", fingerprints=frozenset({"f1"})))
    if found is not None:
        assert 0 < found.score <= 1
        assert len(found.reasons) >= len(every)
    if every or some:
        assert from_json(to_json(matcher)) == matcher
