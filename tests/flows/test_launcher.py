"""The launcher, with a Python and a uv that only write down how they were called: no network, no real environment."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
TOOLS = (
    "basename",
    "cat",
    "chmod",
    "cksum",
    "cp",
    "date",
    "dirname",
    "grep",
    "mkdir",
    "mv",
    "readlink",
    "rm",
    "sleep",
    "touch",
)

FAKE_PYTHON = """#!/bin/sh
printf '%s\\n' "python $*" >>"$FAKE_LOG"
case "$*" in
    *"version_info < (3, 11)"*) exit 0 ;;
    *"import ensurepip"*) [ -z "${FAKE_NO_ENSUREPIP:-}" ] ;;
    *"print(*sys.version_info"*) echo "3 12" ;;
    *"-m venv "*)
        for last; do :; done
        mkdir -p "$last/bin" && cp "$0" "$last/bin/python" && touch "$last/pyvenv.cfg" ;;
    *"-m pip "*requirements-uv.lock*)
        [ -z "${FAKE_NO_UV:-}" ] || exit 1
        cp "$FAKE_UV" "$(dirname "$0")/uv" ;;
    *"-m pip "*) [ -z "${FAKE_NO_PIP:-}" ] ;;
    *"-m tierline.doors.cli"*) printf '%s\\n' "cli path=$PYTHONPATH in=$PWD words=$*"; exit "${FAKE_CODE:-0}" ;;
    *) exit 99 ;;
esac
"""
FAKE_UV = """#!/bin/sh
printf '%s\\n' "uv $*" >>"$FAKE_LOG"
case "$1" in --version) exit 0 ;; pip) exit "${FAKE_SYNC:-0}" ;; *) exit 1 ;; esac
"""


class Place:
    """A checkout with the launcher in it and a PATH with nothing but small tools."""

    def __init__(self, folder: Path) -> None:
        self.repository = folder / "a checkout"
        self.bin = folder / "bin"
        self.home = folder / "home"
        self.log = folder / "log"
        for made in (self.repository, self.bin, self.home):
            made.mkdir()
        for tool in TOOLS:
            (self.bin / tool).symlink_to(str(shutil.which(tool)))
        for name in ("tierline", "requirements.lock", "requirements-dev.lock", "requirements-uv.lock"):
            shutil.copy(REPOSITORY / name, self.repository / name)
        self.program("../fake-uv", FAKE_UV)
        self.log.touch()

    def program(self, name: str, script: str) -> None:
        path = self.bin / name
        path.write_text(script)
        path.chmod(0o755)

    def run(
        self, *words: str, launcher: Path | None = None, cwd: Path | None = None, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        environment = {**self.environment(), **variables}
        command = [launcher or self.repository / "tierline", *words]
        return subprocess.run(
            command, check=False, env=environment, cwd=cwd or self.home, capture_output=True, text=True, timeout=60
        )

    def environment(self) -> dict[str, str]:
        fakes = {"FAKE_LOG": str(self.log), "FAKE_UV": str(self.bin.parent / "fake-uv")}
        return {"PATH": str(self.bin), "HOME": str(self.home), **fakes}

    def calls(self) -> str:
        """What was called since the last look."""
        told = self.log.read_text()
        self.log.write_text("")
        return told

    @property
    def venv(self) -> Path:
        return self.repository / ".venv"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path)
    made.program("python3.12", FAKE_PYTHON)
    return made


def test_the_first_start_builds_and_the_second_only_runs(place: Place) -> None:
    first = place.run("up", "--port", "9")
    assert first.returncode == 0, first.stderr
    assert f"path={place.repository}/src" in first.stdout
    assert "words=-m tierline.doors.cli up --port 9" in first.stdout
    calls = place.calls()
    assert "-m venv" in calls
    assert "uv pip sync --quiet --compile-bytecode --require-hashes" in calls
    assert calls.index("uv pip sync") < calls.index("tierline.doors.cli")
    second = place.run("doctor")
    assert second.returncode == 0
    assert second.stderr == ""
    assert "uv" not in (calls := place.calls())
    assert "pip" not in calls


def test_each_step_is_told_on_standard_error(place: Place) -> None:
    told = place.run("up").stderr.splitlines()
    assert [line.split(" ", 2)[1] for line in told] == ["making", "installing", "the"]
    assert all(line.startswith("tierline: ") for line in told)


def test_dead_shims_and_old_pythons_are_passed_over(place: Place) -> None:
    place.program("python3.13", "#!/bin/sh\nexit 127\n")
    place.program("python3.14", "#!/bin/sh\nexit 1\n")
    ran = place.run("up")
    assert ran.returncode == 0
    assert f"with {place.bin}/python3.12" in ran.stderr


def test_a_python_of_pyenv_is_found(place: Place) -> None:
    (place.bin / "python3.12").unlink()
    inside = place.home / ".pyenv/versions/3.12.1/bin"
    inside.mkdir(parents=True)
    place.program(str(inside / "python"), FAKE_PYTHON)
    ran = place.run("up")
    assert ran.returncode == 0
    assert f"with {inside}/python" in ran.stderr


@pytest.mark.skipif(
    any(found for folder in ("/usr/local/bin", "/opt/homebrew/bin") for found in Path(folder).glob("python3.1[1-9]")),
    reason="a Python lies where the launcher looks whatever PATH says",
)
def test_no_python_ends_in_one_sentence(place: Place) -> None:
    place.program("python3.12", "#!/bin/sh\nexit 1\n")
    ran = place.run("up")
    assert ran.returncode == 1
    assert len(ran.stderr.splitlines()) == 1
    assert "No Python 3.11 or newer was found. Install one" in ran.stderr
    assert not place.venv.exists()
    assert not (place.repository / ".venv.lock").exists()


def test_a_named_python_that_cannot_run_is_not_replaced_by_another(place: Place) -> None:
    ran = place.run("up", TIERLINE_PYTHON="/nonexistent/python")
    assert ran.returncode == 1
    assert "TIERLINE_PYTHON names /nonexistent/python, which is not a Python 3.11 or newer" in ran.stderr


def test_a_python_that_cannot_make_environments_says_what_to_install(place: Place) -> None:
    ran = place.run("up", FAKE_NO_ENSUREPIP="1")
    assert ran.returncode == 1
    assert "apt install python3-venv" in ran.stderr.splitlines()[-1]


def test_pip_takes_over_when_uv_cannot_be_had(place: Place) -> None:
    ran = place.run("up", FAKE_NO_UV="1")
    assert ran.returncode == 0
    assert "trying with pip" in ran.stderr
    assert f"--require-hashes -r {place.repository}/requirements.lock" in place.calls()


def test_a_failed_installation_is_told_and_taken_up_again(place: Place) -> None:
    failed = place.run("up", FAKE_SYNC="1", FAKE_NO_PIP="1")
    assert failed.returncode == 1
    assert "The packages could not be installed" in failed.stderr
    assert "cli path" not in failed.stdout
    place.calls()
    again = place.run("up")
    assert again.returncode == 0
    calls = place.calls()
    assert "uv pip sync" in calls
    assert "-m venv" not in calls, "the half-finished environment is used"


def test_a_changed_lock_is_installed_once(place: Place) -> None:
    place.run("up")
    place.calls()
    with (place.repository / "requirements.lock").open("a") as lock:
        lock.write("# changed\n")
    place.run("up")
    assert "uv pip sync" in place.calls()
    place.run("up")
    assert "uv pip sync" not in place.calls()


def test_tests_bring_the_tools_and_they_stay(place: Place) -> None:
    place.run("up")
    place.calls()
    place.run("test", "-q")
    assert "requirements-dev.lock" in place.calls()
    place.run("up")
    assert "uv pip sync" not in place.calls(), "the development lock holds everything of the other"


def test_an_environment_without_its_python_is_built_anew(place: Place) -> None:
    place.run("up")
    place.calls()
    (place.venv / "bin/python").unlink()
    ran = place.run("up")
    assert ran.returncode == 0
    assert "-m venv" in place.calls()


def test_called_through_links_from_elsewhere(place: Place, tmp_path: Path) -> None:
    far = tmp_path / "far away"
    far.mkdir()
    (far / "one").symlink_to(place.repository / "tierline")
    (far / "two").symlink_to("one")
    ran = place.run("up", launcher=far / "two", cwd=far)
    assert ran.returncode == 0, ran.stderr
    assert f"path={place.repository}/src in={far}" in ran.stdout


def test_the_exit_code_comes_through(place: Place) -> None:
    place.run("up")
    assert place.run("doctor", FAKE_CODE="3").returncode == 3


def test_the_environment_may_live_elsewhere(place: Place, tmp_path: Path) -> None:
    ran = place.run("up", TIERLINE_VENV=str(tmp_path / "else where"))
    assert ran.returncode == 0
    assert (tmp_path / "else where/bin/python").exists()
    assert not place.venv.exists()


def test_a_place_that_cannot_be_written_is_told(place: Place, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ran = place.run("up", TIERLINE_VENV=str(tmp_path / "file/venv"))
    assert ran.returncode == 1
    assert "cannot be written to" in ran.stderr
    assert "TIERLINE_VENV" in ran.stderr


def test_two_at_once_take_turns(place: Place) -> None:
    lock = place.repository / ".venv.lock"
    lock.mkdir()
    holder = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    (lock / "pid").write_text(str(holder.pid))
    try:
        waiting = subprocess.Popen(
            [place.repository / "tierline", "up"],
            env=place.environment(),
            stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        assert "waiting for another start" in waiting.stderr.readline()
        assert waiting.poll() is None
    finally:
        holder.kill()
        holder.wait()
    assert waiting.wait(30) == 0, "a lock whose holder died is taken over"
    waiting.stderr.close()
    assert not lock.exists()


def test_a_warm_start_is_quick(place: Place) -> None:
    place.run("up")
    began = time.monotonic()
    place.run("up")
    assert time.monotonic() - began < 5


def test_it_is_plain_posix_shell() -> None:
    assert (REPOSITORY / "tierline").read_text().startswith("#!/bin/sh\n")
    assert os.access(REPOSITORY / "tierline", os.X_OK)
    checked = subprocess.run(["sh", "-n", REPOSITORY / "tierline"], check=False, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
