"""Typed readers for environment variables. A wrong value ends in one sentence that names the variable."""

import ipaddress
import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

_LAST_PORT = 65535
_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


def text(name: str, *, default: str) -> str:
    """The variable's text, or `default` when it is unset."""
    return os.environ.get(name, default)


def flag(name: str, *, default: bool) -> bool:
    """A yes/no variable. Raises ImproperlyConfigured for anything else."""
    value = os.environ.get(name)
    if value is None:
        return default
    if value.lower() in _TRUE | _FALSE:
        return value.lower() in _TRUE
    msg = f"{name} is {value!r}; use 1 or 0."
    raise ImproperlyConfigured(msg)


def words(name: str, *, default: list[str]) -> list[str]:
    """A comma-separated list."""
    value = os.environ.get(name)
    return default if value is None else [word.strip() for word in value.split(",") if word.strip()]


def networks_of(*given: str) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    """Addresses and networks, read. Raises ValueError."""
    return tuple(ipaddress.ip_network(one, strict=False) for one in given)


def networks(name: str) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    """Addresses and networks with commas between: `127.0.0.1, 10.0.0.0/8`. None when unset."""
    try:
        return networks_of(*words(name, default=[]))
    except ValueError as problem:
        msg = f"{name}: {problem}. Use addresses or networks, such as 127.0.0.1, 10.0.0.0/8."
        raise ImproperlyConfigured(msg) from problem


def one_of(name: str, *choices: str) -> str:
    """One of `choices`; the first when nothing is said."""
    value = os.environ.get(name) or choices[0]
    if value not in choices:
        msg = f"{name} is {value!r}; use one of: {', '.join(choices)}."
        raise ImproperlyConfigured(msg)
    return value


def path(name: str, *, default: Path) -> Path:
    """A folder or file, absolute."""
    return Path(os.environ.get(name) or default).expanduser().resolve()


def secret_key(data: Path) -> str:
    """TIERLINE_SECRET_KEY, else the key kept in the data folder, else a new one for this process only.

    `tierline up` writes the file on first start, so that sessions and signed links outlive a restart.
    """
    if given := os.environ.get("TIERLINE_SECRET_KEY"):
        return given
    kept = data / "secret-key"
    return kept.read_text().strip() if kept.is_file() else secrets.token_urlsafe(48)


def database() -> dict[str, Any]:
    """Django's description of the database in DATABASE_URL, with a connection pool.

    Without the variable (type checks, `--help`) it names a database that nobody can reach: nothing is guessed.
    """
    url = os.environ.get("DATABASE_URL", "postgresql://tierline@/tierline?host=/nonexistent")
    try:
        config: dict[str, Any] = dict(dj_database_url.parse(url))
    except ValueError as problem:
        msg = f"DATABASE_URL cannot be read: {problem}."
        raise ImproperlyConfigured(msg) from problem
    if config.get("ENGINE") != "django.db.backends.postgresql":
        msg = "DATABASE_URL must name a PostgreSQL server: postgresql://user@host/database."
        raise ImproperlyConfigured(msg)
    config["CONN_MAX_AGE"] = 0
    if size := int(os.environ.get("TIERLINE_DB_POOL", "0")):
        pool = {"min_size": 1, "max_size": size, "timeout": 10}
        config["OPTIONS"] = {**config.get("OPTIONS", {}), "pool": pool}
    config["TEST"] = {"NAME": f"test_{config['NAME']}"}
    return config


def place(name: str) -> tuple[str, int] | None:
    """Where to listen: `8024` on this machine only, `192.0.2.1:8024`, `[::]:8024`; None when unset."""
    value = os.environ.get(name)
    if not value:
        return None
    host, _, port = value.rpartition(":")
    if not port.isdecimal() or not 0 < int(port) <= _LAST_PORT:
        msg = f"{name} is {value!r}; use a port, or ADDRESS:PORT."
        raise ImproperlyConfigured(msg)
    return host.strip("[]") or "127.0.0.1", int(port)


def smtp(name: str) -> dict[str, Any] | None:
    """The outgoing mail server of `smtp://user:password@host:port` (`smtps://` for TLS), or None when unset."""
    value = os.environ.get(name)
    if not value:
        return None
    parts = urlsplit(value)
    if parts.scheme not in {"smtp", "smtps", "smtp+starttls"} or not parts.hostname:
        msg = f"{name} must look like smtp://user:password@host:25, smtps:// or smtp+starttls://."
        raise ImproperlyConfigured(msg)
    return {
        "host": parts.hostname,
        "port": parts.port or {"smtp": 25, "smtps": 465, "smtp+starttls": 587}[parts.scheme],
        "username": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "use_ssl": parts.scheme == "smtps",
        "use_tls": parts.scheme == "smtp+starttls",
    }


def count(name: str, *, default: int) -> int:
    """A whole number that is not negative."""
    value = os.environ.get(name) or str(default)
    if not value.isdecimal():
        msg = f"{name} is {value!r}; use a whole number."
        raise ImproperlyConfigured(msg)
    return int(value)


def secret(name: str) -> str:
    """The variable's text, or the content of the file that NAME_FILE names, without the line break at its end."""
    place = os.environ.get(f"{name}_FILE")
    if not place:
        return os.environ.get(name, "")
    try:
        return Path(place).expanduser().read_text().rstrip("\r\n")
    except OSError as problem:
        msg = f"{name}_FILE names {place}, which cannot be read: {problem.strerror}."
        raise ImproperlyConfigured(msg) from problem


def object_storage(name: str) -> dict[str, Any] | None:
    """The S3-compatible bucket of NAME_BUCKET and what belongs to it; None when no bucket is named."""
    bucket = os.environ.get(f"{name}_BUCKET")
    if not bucket:
        return None
    endpoint = os.environ.get(f"{name}_ENDPOINT", "").rstrip("/")
    if endpoint and not endpoint.startswith(("http://", "https://")):
        msg = f"{name}_ENDPOINT is {endpoint!r}; it begins with https:// or http://."
        raise ImproperlyConfigured(msg)
    found = {"bucket": bucket, "key": secret(f"{name}_KEY"), "secret": secret(f"{name}_SECRET")}
    if not (found["key"] and found["secret"]):
        msg = f"{name}_BUCKET needs {name}_KEY and {name}_SECRET, or a file for each ({name}_SECRET_FILE)."
        raise ImproperlyConfigured(msg)
    prefix = os.environ.get(f"{name}_PREFIX", "").strip("/")
    return found | {
        "endpoint": endpoint,
        "region": os.environ.get(f"{name}_REGION") or "us-east-1",
        "prefix": f"{prefix}/" if prefix else "",
        "host_style": one_of(f"{name}_ADDRESSING", "path", "host") == "host",
        "cache": count(f"{name}_CACHE", default=10_000_000_000),
    }
