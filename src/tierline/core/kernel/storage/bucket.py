"""The S3-compatible object storage beside the data folder: objects put, read back, deleted, by their SHA-256.

Where it is comes from the settings (`TIERLINE_S3_…`). Every request is bounded in time; what goes wrong is a
StorageTrouble in words. The client is obstore (Rust's object_store), loaded with the first use.
"""

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from .troubles import StorageTrouble, Trouble, explain

if TYPE_CHECKING:
    from obstore.store import BackoffConfig, S3Store

READ_WITHIN = 30.0  # seconds for a file that somebody waits for
CARRY_WITHIN = 900.0  # seconds for one file that a job carries or looks at
_CONNECT_WITHIN = timedelta(seconds=5)
_PART = 8 * 1024 * 1024  # bytes of a part of a large object, and of what is read at once
_PARTS_AT_ONCE = 3
_TRIES_AGAIN = 2
_PAUSES: "BackoffConfig" = {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=2), "base": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where the bucket is and how it is opened. `prefix` goes before every object's name."""

    bucket: str
    key: str
    secret: str = field(repr=False)
    endpoint: str = ""
    region: str = "us-east-1"
    prefix: str = ""
    host_style: bool = False
    cache: int = 0

    @property
    def place(self) -> str:
        """Its address for people, and to know it again: no secret in it."""
        return f"{self.endpoint or f's3.{self.region}.amazonaws.com'}/{self.bucket}/{self.prefix}".rstrip("/")

    def name_of(self, sha256: str) -> str:
        """The name of the object with this content."""
        return f"{self.prefix}{sha256[:2]}/{sha256}"


def given() -> Settings | None:
    """The bucket of the settings; None when files stay on the disk alone."""
    found = settings.TIERLINE_S3
    return Settings(**found) if found else None


def needed() -> Settings:
    """The bucket of the settings. Raises StorageTrouble when there is none."""
    found = given()
    if found is None:
        raise StorageTrouble(
            Trouble.NOT_SET_UP,
            "The file is in an object storage, and none is set up.",
            "Set TIERLINE_S3_BUCKET and what belongs to it again.",
        )
    return found


class Bucket:
    """A bucket that is opened for a while: each request gets at most `within` seconds."""

    def __init__(self, where: Settings, within: float) -> None:
        self.settings = where
        self._within = within

    def put(self, name: str, content: Path | bytes) -> None:
        """Write one object, whole or not at all. Raises StorageTrouble."""
        import obstore

        large = isinstance(content, Path) and content.stat().st_size > _PART
        with _explained(self.settings):
            obstore.put(
                self._store,
                name,
                content,
                use_multipart=large,
                chunk_size=_PART,
                max_concurrency=_PARTS_AT_ONCE,
            )

    def read(self, name: str) -> Iterator[bytes]:
        """One object in parts, all of them within the time. Raises StorageTrouble, in the middle as well."""
        import obstore

        until = time.monotonic() + self._within
        with _explained(self.settings):
            for part in obstore.get(self._store, name).stream(min_chunk_size=_PART):
                if time.monotonic() > until:
                    raise TimeoutError("Timeout")
                yield bytes(part)

    def sha256(self, name: str) -> str:
        """What the object really holds. Raises StorageTrouble."""
        digest = hashlib.sha256()
        for part in self.read(name):
            digest.update(part)
        return digest.hexdigest()

    def delete(self, name: str) -> None:
        """Delete one object; one that is not there is fine. Raises StorageTrouble."""
        import obstore

        with _explained(self.settings), suppress(FileNotFoundError):
            obstore.delete(self._store, name)

    @cached_property
    def _store(self) -> "S3Store":
        from obstore.store import S3Store

        within = timedelta(seconds=self._within)
        where: dict[str, Any] = {"endpoint": self.settings.endpoint} if self.settings.endpoint else {}
        return S3Store(
            bucket=self.settings.bucket,
            region=self.settings.region,
            access_key_id=self.settings.key,
            secret_access_key=self.settings.secret,
            virtual_hosted_style_request=self.settings.host_style,
            client_options={
                "allow_http": self.settings.endpoint.startswith("http://"),
                "connect_timeout": _CONNECT_WITHIN,
                "timeout": within,
            },
            retry_config={"max_retries": _TRIES_AGAIN, "retry_timeout": within, "backoff": _PAUSES},
            **where,
        )


@contextmanager
def _explained(where: Settings) -> Iterator[None]:
    """Inside, every error of the client becomes a StorageTrouble."""
    from obstore.exceptions import BaseError

    try:
        yield
    except (BaseError, FileNotFoundError, TimeoutError, ValueError) as problem:
        # from None: the client's own words repeat the whole request
        raise explain(str(problem), endpoint=where.endpoint, bucket=where.bucket) from None
