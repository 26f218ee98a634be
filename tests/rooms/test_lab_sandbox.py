"""Hostile programs in the real sandbox: each is bounded, told apart, and reaches nothing outside."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.lab import SHORT, missing_sandbox
from tierline.core.plugins.contracts import Execution, Limits, Outcome
from tierline.work.lab.plugins import Bubblewrap
from tierline.work.lab.sandbox import command

REPOSITORY = Path(__file__).parents[2]
sandboxed = pytest.mark.skipif(bool(missing_sandbox()), reason=missing_sandbox() or "the sandbox works")


def run(script: str, *, limits: Limits = SHORT, arguments: tuple[str, ...] = ()) -> Outcome:
    execution = Execution(files={"s.py": script}, command=("python3", "s.py", *arguments), limits=limits)
    return Bubblewrap().run(execution)


@sandboxed
@pytest.mark.parametrize(
    ("limit", "script"),
    [
        ("processes", "import os\nwhile True:\n    os.fork()"),
        ("processes", "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"),
        ("processes", "import os\nwhile True:\n    if os.fork() == 0:\n        os.setsid()"),
        ("output", "while True: print('y' * 1000)"),
        ("output", "import os\nwhile True: os.write(2, bytes(65536))"),
        ("disk", "f = open('full', 'wb')\nwhile True: f.write(bytes(100_000))"),
        ("disk", "n = 0\nwhile True:\n    n += 1\n    open(f'{n}', 'wb').write(bytes(500_000))"),
        ("disk", "n = 0\nwhile True:\n    n += 1\n    open(f'{n}', 'w').close()"),
        ("memory", "kept = []\nwhile True: kept.append(bytearray(b'x' * 1_000_000))"),
        ("memory", "bytes(1 << 40)"),
        ("memory", "import os, time\nos.fork(); os.fork()\nkept = b'x' * 20_000_000\ntime.sleep(30)"),
        ("cpu", "while True: pass"),
    ],
)
def test_each_limit_ends_the_program_and_is_named(limit: str, script: str) -> None:
    started = time.monotonic()
    outcome = run(script)
    assert outcome.limits_hit == (limit,)
    assert outcome.exit_code != 0
    assert len(outcome.stdout) + len(outcome.stderr) <= SHORT.output_bytes
    assert time.monotonic() - started < SHORT.wall_seconds


@sandboxed
@pytest.mark.parametrize(
    "script",
    [
        "import time; time.sleep(60)",
        "import os, time; os.close(1); os.close(2); time.sleep(60)",
        "import signal, time\nfor n in (1, 2, 3, 15): signal.signal(n, lambda *_: None)\nwhile True: time.sleep(9)",
        "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)",
    ],
)
def test_what_never_ends_is_ended(script: str) -> None:
    outcome = run(script, limits=Limits(wall_seconds=0.25))
    assert outcome.limits_hit == ("wall",)
    assert 0.25 <= outcome.seconds < 10


@sandboxed
def test_nothing_stays_alive_afterwards() -> None:
    mark = f"mark-{os.getpid()}-{time.monotonic_ns()}"
    leave_one_behind = (
        "import os, time\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    if os.fork() == 0:\n"
        "        time.sleep(60)\n"
        "    os._exit(0)\n"
        "print('left one behind')"
    )
    ended = run(leave_one_behind, arguments=(mark,))
    assert (ended.exit_code, ended.limits_hit, ended.stdout) == (0, (), b"left one behind\n")
    run("import os, time\nos.fork()\ntime.sleep(60)", limits=Limits(wall_seconds=0.3), arguments=(mark,))
    commands = [file.read_bytes() for file in Path("/proc").glob("[0-9]*/cmdline") if file.exists()]
    assert not [line for line in commands if mark.encode() in line]


@sandboxed
def test_there_is_no_network_not_even_to_this_machine() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        outcome = run(
            "import socket, sys\n"
            "for address in (('192.0.2.1', 80), ('127.0.0.1', int(sys.argv[1]))):\n"
            "    try: socket.create_connection(address, timeout=1); print('connected')\n"
            "    except OSError as error: print(error.strerror)\n"
            "print([name for _, name in socket.if_nameindex()])",
            arguments=(str(port),),
        )
    assert outcome.stdout.decode().splitlines() == ["Network is unreachable", "Connection refused", "['lo']"]


@sandboxed
def test_accounts_homes_and_the_desk_itself_are_not_there(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("for nobody")
    places = ["/etc/shadow", str(Path.home() / ".bashrc"), str(REPOSITORY), str(tmp_path / "secret"), "/var", "/sys"]
    script = "import os, sys\nprint([place for place in sys.argv[1:] if os.path.exists(place)])"
    assert run(script, arguments=tuple(places)).stdout == b"[]\n"


@sandboxed
def test_the_environment_and_open_files_of_the_desk_stay_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_THE_DESK", "do-not-tell")
    script = "import os\nprint(sorted(os.environ), sorted(map(int, os.listdir('/proc/self/fd'))))"
    said = run(script).stdout.decode()
    assert "SECRET" not in said
    assert said.split("] ")[1] == "[0, 1, 2, 3]\n"  # the last one is the listing itself


@sandboxed
def test_only_the_work_folder_can_be_written() -> None:
    script = (
        "import sys\n"
        "for place in sys.argv[1:]:\n"
        "    try: open(place, 'w').close(); print(place, 'written')\n"
        "    except OSError as error: print(place, 'refused')"
    )
    inside = ("/work/x", "/tmp/x")  # noqa: S108 (in the sandbox)
    outside = ("/x", "/etc/x", "/usr/x", "/dev/x", f"{sys.base_prefix}/x", "/proc/sys/kernel/hostname")
    places = outside + inside
    said = dict(line.split() for line in run(script, arguments=places).stdout.decode().splitlines())
    assert [place for place in places if said[place] == "written"] == list(inside)


@sandboxed
def test_the_parent_cannot_be_killed_and_the_kernel_says_no() -> None:
    script = (
        "import ctypes, os, signal\n"
        "for pid in (1, os.getppid()):\n"
        "    try: os.kill(pid, signal.SIGKILL)\n"
        "    except PermissionError: pass\n"
        "libc = ctypes.CDLL(None, use_errno=True)\n"
        "print(libc.unshare(0x10000000), libc.ptrace(16, 1, 0, 0), libc.setuid(0), libc.shmget(0, 1 << 20, 0o1600))\n"
        "status = open('/proc/self/status').read()\n"
        "print([line.split()[1] for line in status.splitlines() if line.startswith(('CapEff', 'NoNewPrivs'))])\n"
    )
    outcome = run(script)
    assert outcome.stdout.decode().splitlines() == ["-1 -1 -1 -1", "['0000000000000000', '1']"]
    assert outcome.exit_code == 0


@sandboxed
def test_an_honest_program_finds_what_it_needs() -> None:
    script = (
        "import multiprocessing, os, pathlib, tempfile, threading\n"
        "if __name__ == '__main__':\n"
        "    with multiprocessing.Pool(2) as pool: print(pool.map(abs, [-1, -2]))\n"
        "    with tempfile.NamedTemporaryFile() as file: file.write(b'kept')\n"
        "    print(os.getcwd(), pathlib.Path('deep/er/file.txt').read_text(), pathlib.Path.home())\n"
    )
    execution = Execution(files={"s.py": script, "deep/er/file.txt": "grüße"}, command=("python3", "s.py"))
    outcome = Bubblewrap().run(execution)
    assert outcome.stdout.decode().splitlines() == ["[1, 2]", "/work grüße /work"]
    assert (outcome.exit_code, outcome.limits_hit, outcome.stderr) == (0, (), b"")


@sandboxed
def test_other_programs_and_scripts_run_too() -> None:
    shell = Execution(files={"go.sh": "#!/bin/sh\necho $1 | tr a-z A-Z; exit 3"}, command=("./go.sh", "quiet"))
    assert (Bubblewrap().run(shell).stdout, Bubblewrap().run(shell).exit_code) == (b"QUIET\n", 3)
    unknown = Bubblewrap().run(Execution(files={}, command=("no-such-program",)))
    assert unknown.exit_code in (1, 126, 127)
    assert b"no-such-program" in unknown.stderr


@sandboxed
def test_a_killed_program_is_told_by_its_signal() -> None:
    outcome = run("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    assert (outcome.exit_code, outcome.limits_hit) == (128 + signal.SIGSEGV, ())


def _killed_worker(mark: str, kill_when: Callable[[], object]) -> None:
    """A worker that runs a sleeping recipe and is killed without warning."""
    worker = (
        "import sys\n"
        "from tierline.core.plugins.contracts import Execution\n"
        "from tierline.work.lab.plugins import Bubblewrap\n"
        "runner = Bubblewrap()\n"
        "runner.obstacle()\n"
        "print('ready', flush=True)\n"
        "runner.run(Execution(files={}, command=('python3', '-c', 'import time; time.sleep(60)', sys.argv[1])))\n"
    )
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(REPOSITORY / "src")}
    line = [sys.executable, "-c", worker, mark]
    with subprocess.Popen(line, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        kill_when()
        process.kill()


@sandboxed
def test_the_program_ends_with_the_worker_that_started_it() -> None:
    mark = f"mark-{os.getpid()}-{time.monotonic_ns()}"
    _killed_worker(mark, lambda: _wait_for(lambda: any("bwrap" not in line for line in _programs(mark))))
    assert _wait_for(lambda: not _programs(mark))


@sandboxed
@pytest.mark.parametrize("milliseconds", [0, 6, 12, 25])
def test_a_worker_killed_while_it_starts_the_sandbox_leaves_nothing_behind(milliseconds: int) -> None:
    mark = f"mark-{os.getpid()}-{time.monotonic_ns()}"
    _killed_worker(mark, lambda: time.sleep(milliseconds / 1000))
    time.sleep(0.1)
    assert _wait_for(lambda: not _programs(mark), seconds=2)


def _programs(mark: str) -> list[str]:
    """Whatever runs with the mark, bubblewrap included, without the worker itself."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = file.read_bytes().decode(errors="replace")
        except OSError:
            continue
        if mark in line and "import sys" not in line:
            found.append(line)
    return found


def _wait_for(holds: Callable[[], object], seconds: float = 5) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.02)
    return False


@sandboxed
@pytest.mark.skipif(os.getuid() != 0, reason="the suite runs as a normal user already")
@pytest.mark.skipif(not Path("/usr/bin/python3").exists(), reason="needs a system Python for another account")
def test_it_works_as_a_normal_user_as_well(tmp_path: Path) -> None:
    """Another account cannot look into root's folders, so it gets copies and the system's Python."""
    system_version = subprocess.check_output(
        ["/usr/bin/python3", "-c", "import sys; print(sys.version_info >= (3, 11))"]
    )
    if system_version.strip() != b"True":
        pytest.skip("the system's Python is older than 3.11")
    script = (
        "from tierline.core.plugins.contracts import Execution, Limits\n"
        "from tierline.work.lab.plugins import Bubblewrap\n"
        "for body in ('print(1)', 'import os\\nwhile True: os.fork()', 'while True: print(1)'):\n"
        "    limits = Limits(wall_seconds=3, processes=8, output_bytes=9999)\n"
        "    done = Bubblewrap().run(Execution(files={'s.py': body}, command=('python3', 's.py'), limits=limits))\n"
        "    print(done.exit_code, *done.limits_hit)\n"
    )
    import django

    packages = Path(django.__file__).parents[1]
    try:
        said = subprocess.check_output(
            ["setpriv", "--reuid=4321", "--regid=4321", "--clear-groups", "/usr/bin/python3", "-B", "-c", script],
            env={"PATH": os.environ["PATH"], "PYTHONPATH": f"{REPOSITORY / 'src'}:{packages}", "HOME": "/"},
            stderr=subprocess.STDOUT,
            text=True,
        )
    except subprocess.CalledProcessError as error:
        if "Permission denied" in error.output or "No module named" in error.output:
            pytest.skip("another account cannot read this checkout")
        raise
    assert said.split("\n") == ["0", "137 processes", "137 output", ""]


# --- without a sandbox ---


def test_without_bubblewrap_nothing_runs_and_the_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    runner = Bubblewrap()
    assert runner.obstacle() == (
        "The sandbox needs bwrap and prlimit and setpriv, which this machine does not have. Install it with your "
        "system's packages (Debian and Ubuntu: apt install bubblewrap util-linux)."
    )
    with pytest.raises(RuntimeError, match="Install it"):
        runner.run(Execution(files={}, command=("true",)))


def test_where_the_sandbox_is_refused_the_reason_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    refusing = tmp_path / "bwrap"
    refusing.write_text("#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2\nexit 1\n")
    refusing.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    runner = Bubblewrap()
    assert "setting up uid map: Permission denied" in runner.obstacle()
    assert "AppArmor" in runner.obstacle()
    with pytest.raises(RuntimeError):
        runner.run(Execution(files={}, command=("true",)))


def test_other_systems_are_told_to_use_a_linux_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert (
        Bubblewrap().obstacle() == "Recipes run on Linux only: this system has no sandbox for them. Use a Linux worker."
    )


@sandboxed
def test_root_without_the_right_to_drop_uses_a_user_namespace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tierline.work.lab.plugins._manners", lambda: (command.Manner.USER_NAMESPACE,))
    if problem := Bubblewrap().obstacle():
        pytest.skip(problem)
    outcome = run("import os\nprint(os.getuid())\nwhile True: os.fork()")
    assert outcome.stdout.startswith(b"65534") or outcome.limits_hit == ("processes",)
    assert outcome.limits_hit == ("processes",)
