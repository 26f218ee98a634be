"""The PostgreSQL that the test session runs on: the one in DATABASE_URL, else an embedded one of its own."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

# The real hashers take a tenth of a second by design; a suite that signs in hundreds of times cannot.
QUICK_HASHER = "django.contrib.auth.hashers.MD5PasswordHasher"


def prepare() -> None:
    """Point the process (and its xdist workers, which inherit the environment) at a database and a folder.

    Must run before Django reads its settings. The embedded server lives in a temporary folder, without fsync,
    and is stopped and removed when the process ends.
    """
    if "TIERLINE_TEST_HOME" in os.environ:  # an xdist worker, or pytest started by a test
        if worker := os.environ.get("PYTEST_XDIST_WORKER"):  # with a database, and so with files, of its own
            os.environ["TIERLINE_DATA"] = f"{os.environ['TIERLINE_TEST_HOME']}/data-{worker}"
        return
    home = Path(tempfile.mkdtemp(prefix="tierline-test-"))
    os.environ["TIERLINE_TEST_HOME"] = str(home)
    os.environ["TIERLINE_DATA"] = str(home / "data")
    os.environ["TIERLINE_PASSWORD_HASHERS"] = QUICK_HASHER
    os.environ["TIERLINE_SECRET_KEY"] = "only-for-tests-" + "0" * 40
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    if not os.environ.get("DATABASE_URL"):
        _start_embedded(home)


def _start_embedded(home: Path) -> None:
    from tierline.core.kernel import embedded

    server = embedded.start(home / "postgres", durable=False)
    os.environ["DATABASE_URL"] = server.url
    atexit.register(server.stop)
