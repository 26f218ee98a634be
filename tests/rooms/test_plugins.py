"""The registry: built-ins and packages side by side, a package wins, the broken are shown."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.plugin_site import install, plugin_site
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.plugins import registry
from tierline.core.plugins.contracts import ActionContext, Analysis, ChannelContext, Outgoing, Sample
from tierline.core.plugins.schema import read_params, schema_of

EXAMPLE = Path(__file__).parents[2] / "plugins/example"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Path]:
    """A folder that counts as one with installed packages, for the length of a test."""
    with plugin_site(tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def built_example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example package, built by its own pyproject.toml and installed as anybody would."""
    uv = Path(sys.executable).parent / "uv"
    if not uv.exists():
        pytest.skip("uv is not in this environment")
    target = tmp_path_factory.mktemp("example")
    offline = ["--quiet", "--offline", "--no-deps", "--no-build-isolation"]
    subprocess.run(
        [uv, "pip", "install", *offline, "--target", target, "--python", sys.executable, EXAMPLE],
        check=True,
        env={**os.environ, "UV_NO_CONFIG": "1"},
    )
    return target


@pytest.fixture
def example(site: Path, built_example: Path) -> Path:
    for part in built_example.iterdir():
        (site / part.name).symlink_to(part)
    registry.refresh()
    return site


ANALYSER = """
class Reader:
    key, name, version = {key!r}, "A stranger's reader", "2.0"
    def score(self, sample): return {score}
    def analyse(self, sample, lines): return None
"""


def keys(group: str) -> list[str]:
    return [plugin.key for plugin in registry.find(group)]


def test_the_example_package_offers_four_plug_ins(example: Path) -> None:
    theirs = [(found.group, found.key) for found in registry.catalogue() if found.package == "tierline-example"]
    assert theirs == [
        ("channels", "spool-folder"),
        ("actions", "wake-computer"),
        ("analysers", "memory-kills"),
        ("detectors", "badge-numbers"),
    ]
    assert [fault for fault in registry.broken() if fault.package == "tierline-example"] == []


def test_the_example_channel_reads_on_from_its_cursor_and_answers(example: Path, tmp_path: Path) -> None:
    incoming, outgoing = tmp_path / "in", tmp_path / "out"
    incoming.mkdir()
    outgoing.mkdir()
    (incoming / "1.eml").write_bytes(b"Subject: one\n\nfirst")
    (incoming / "2.eml").write_bytes(b"Subject: two\n\nsecond")
    (incoming / "notes.txt").write_bytes(b"not a message")
    channel = registry.get("channels", "spool-folder")
    settings = {"incoming": str(incoming), "outgoing": str(outgoing)}

    everything = list(channel.receive(ChannelContext(settings=settings)))
    assert [one.content[:12] for one in everything] == [b"Subject: one", b"Subject: two"]
    later = list(channel.receive(ChannelContext(settings=settings, cursor=everything[0].cursor)))
    assert [one.source for one in later] == ["2.eml"]

    answer = Outgoing(to="a@example.org", subject="Re: two", text="Done.", message_id="<x@desk>", thread=("<2@a>",))
    for _ in range(2):
        assert channel.send(answer, ChannelContext(settings=settings)).accepted
    (written,) = outgoing.glob("*.eml")
    assert b"In-Reply-To: <2@a>" in written.read_bytes()
    gone = channel.send(answer, ChannelContext(settings={"outgoing": str(tmp_path / "nowhere")}))
    assert not gone.accepted
    assert "No such file" in gone.detail


def test_the_example_action_sends_the_packet(example: Path) -> None:
    action = registry.get("actions", "wake-computer")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(2)
        form = {
            "address": "3c:52:82:1a:0b:9f",
            "broadcast": "127.0.0.1",
            "port": str(listener.getsockname()[1]),
        }
        params = read_params(action.Params, form)
        context = ActionContext(ticket_id=1, ticket_reference="REQ-1", requester_email="", actor_label="Priya")
        result = action.run(params, context)
        packet = listener.recv(200)
    assert result.ok
    assert packet == b"\xff" * 6 + bytes.fromhex("3c52821a0b9f") * 16
    assert "3c:52:82:1a:0b:9f" in action.describe(params)


def test_the_example_action_checks_its_form_and_keeps_still_on_a_dry_run(example: Path) -> None:
    action = registry.get("actions", "wake-computer")
    assert schema_of(action.Params)["required"] == ["address"]
    with pytest.raises(Invalid) as caught:
        read_params(action.Params, {"address": "printer"})
    assert list(caught.value.fields) == ["address"]
    context = ActionContext(ticket_id=None, ticket_reference="", requester_email="", actor_label="", dry_run=True)
    params = read_params(action.Params, {"address": "3c-52-82-1a-0b-9f", "broadcast": "not an address"})
    assert action.run(params, context).detail == "Would wake 3c-52-82-1a-0b-9f."


def test_the_example_analyser_finds_kills(example: Path) -> None:
    analyser = registry.get("analysers", "memory-kills")
    log = [
        "Nov 17 10:02:11 web-2 kernel: Out of memory: Killed process 812 (java) total-vm:9000kB",
        "Nov 17 10:02:12 web-2 sshd[44]: session opened",
        "Nov 17 10:09:40 web-2 kernel: Memory cgroup out of memory: Killed process 950 (java) total-vm:1kB",
        "Nov 17 10:09:41 web-2 kernel: Out of memory: Kill process 7 (cron) score 12",
    ]
    sample = Sample(name="kern.log", content_type="text/plain", size=300, head=log[0].encode())
    assert analyser.score(sample) == 90
    assert registry.best_analyser(sample).key == "memory-kills"  # type: ignore[union-attr]  # one was found
    analysis: Analysis = analyser.analyse(sample, log)
    assert [(one.title.split()[0], one.line, one.count) for one in analysis.findings] == [
        ("java", 1, 2),
        ("cron", 4, 1),
    ]
    assert analysis.signature == "memory-kill:java"
    assert analyser.score(Sample(name="a.txt", content_type="", size=3, head=b"abc")) is None


def test_every_built_in_is_usable_and_told_with_its_origin() -> None:
    built_in = [found for found in registry.catalogue() if found.package == registry.BUILT_IN]
    assert {"runners", "trackers"} <= {found.group for found in built_in}
    assert all(found.name and found.version for found in built_in)


def test_a_package_takes_the_place_of_a_built_in_with_the_same_key(site: Path) -> None:
    manual = registry.get("trackers", "manual")
    source = 'class T:\n key, name, version = "manual", "Theirs", "9"\n def look_up(self, ref, context): ...\n'
    install(site, "stranger_tracker", source, ("trackers", "manual = stranger_tracker:T"))
    assert registry.get("trackers", "manual").name == "Theirs" != manual.name
    assert keys("trackers").count("manual") == 1


def test_a_package_wins_a_tie_in_score(site: Path) -> None:
    class Ours:
        key, name, version = "zz-ours-for-a-test", "Ours", "1"

        def score(self, _sample: Sample) -> int | None:
            return 50

        def analyse(self, _sample: Sample, _lines: object) -> Analysis:
            return Analysis()

    registry.built_in("analysers")(Ours)
    try:
        install(
            site,
            "stranger_tie",
            ANALYSER.format(key="zz-tie", score=50),
            ("analysers", "t = stranger_tie:Reader"),
        )
        sample = Sample(name="odd.bin", content_type="x/y", size=1, head=b"\x01")
        best = registry.best_analyser(sample)
        assert best is not None
        assert best.key == "zz-tie"
    finally:
        registry._built_in["analysers"].pop("zz-ours-for-a-test")


@pytest.mark.parametrize(
    ("source", "entry", "reason"),
    [
        ("raise RuntimeError('no licence')", "x = stranger_{n}:X", "RuntimeError: no licence"),
        ("import sys\nsys.exit('wrong platform')", "x = stranger_{n}:X", "SystemExit: wrong platform"),
        ("", "x = stranger_{n}:Missing", "AttributeError"),
        ("", "x = stranger_{n}_nowhere:X", "ModuleNotFoundError"),
        ("X = 3", "x = stranger_{n}:X", "3 is not a class"),
        ("class X:\n key, name, version = 'x', 'X', '1'", "x = stranger_{n}:X", "X lacks score, analyse"),
        (ANALYSER.format(key="Not A Key", score=1), "x = stranger_{n}:Reader", "may only hold"),
        (ANALYSER.format(key=None, score=1), "x = stranger_{n}:Reader", "must be a text"),
        ("class X:\n def __init__(self): 1 / 0", "x = stranger_{n}:X", "ZeroDivisionError"),
    ],
)
def test_a_broken_plug_in_is_shown_not_raised(
    site: Path, request: pytest.FixtureRequest, source: str, entry: str, reason: str
) -> None:
    name = f"stranger_{abs(hash(request.node.name))}"
    before = keys("analysers")
    install(site, name, source, ("analysers", entry.format(n=name.removeprefix("stranger_"))))
    assert keys("analysers") == before
    (shown,) = [fault for fault in registry.broken() if fault.package == name]
    assert (shown.group, shown.entry) == ("analysers", "x")
    assert reason in shown.reason


def test_two_packages_with_one_key_the_first_by_name_stays(site: Path) -> None:
    install(site, "stranger_b", ANALYSER.format(key="zz-same", score=2), ("analysers", "b = stranger_b:Reader"))
    install(site, "stranger_a", ANALYSER.format(key="zz-same", score=1), ("analysers", "a = stranger_a:Reader"))
    assert [found.package for found in registry.catalogue() if found.key == "zz-same"] == ["stranger_a"]
    assert [fault.reason for fault in registry.broken() if fault.package == "stranger_b"] == [
        "TypeError: its key 'zz-same' is taken by stranger_a"
    ]


def test_an_analyser_that_fails_on_a_sample_does_not_suit_it(site: Path) -> None:
    install(
        site,
        "stranger_fails",
        ANALYSER.format(key="zz-fails", score="1 / 0"),
        ("analysers", "f = stranger_fails:Reader"),
    )
    assert "zz-fails" in keys("analysers")
    best = registry.best_analyser(Sample(name="x", content_type="", size=0, head=b""))
    assert best is None or best.key != "zz-fails"


def test_an_unknown_key_is_not_found() -> None:
    with pytest.raises(NotFound, match="no plug-in 'nothing' among the runners"):
        registry.get("runners", "nothing")


def test_an_unfit_built_in_stops_the_programmer() -> None:
    class Half:
        key, name, version = "half", "Half", "1"

    with pytest.raises(TypeError, match="Half lacks obstacle, run"):
        registry.built_in("runners")(Half)
    with pytest.raises(TypeError, match="no plug-in group 'doors'"):
        registry.built_in("doors")(Half)
