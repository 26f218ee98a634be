"""Who is on the other side of a connection that came through proxies. Pure.

A proxy adds the address that it was called from at the end of `X-Forwarded-For` (RFC 7239, section 7.4, keeps that
form). Only what a trusted proxy added can be believed; everything before it is whatever the caller liked to write.
"""

import ipaddress
from collections.abc import Sequence

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
MOST = 20  # proxies between a person and the desk
LONGEST = 2000  # characters of the header


def remote_of(peer: str, forwarded: str, trusted: Sequence[Network]) -> str:
    """The address nearest to the desk that is no trusted proxy; `peer` is who called the desk itself."""
    found = peer
    for given in [peer, *reversed(forwarded[-LONGEST:].split(",")[-MOST:])]:
        address = _address(given)
        if address is None:  # nothing that a proxy of ours writes: who called it is the last one known
            return found
        found = str(address)
        if not _is_in(address, trusted):
            return found
    return found


def is_trusted(peer: str, trusted: Sequence[Network]) -> bool:
    """Whether this address is one of the trusted proxies."""
    address = _address(peer)
    return address is not None and _is_in(address, trusted)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An address as proxies write it: bare, with a port, in brackets; IPv4 within IPv6 as IPv4."""
    bare = text.strip().strip('"')
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        found = ipaddress.ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, ipaddress.IPv6Address) else found


def _is_in(address: ipaddress.IPv4Address | ipaddress.IPv6Address, trusted: Sequence[Network]) -> bool:
    return any(address in one for one in trusted)
