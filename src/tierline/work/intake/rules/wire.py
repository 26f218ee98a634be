"""An address as mail servers want it: international domains in ASCII (RFC 5890), the rest as it was given."""

from email.headerregistry import Address


def wire_address(address: str) -> str:
    """`jo@bücher.example` as `jo@xn--bcher-kva.example`; what is no name of a domain stays as it is."""
    local, at, domain = address.rpartition("@")
    try:
        return f"{local}{at}{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        return address


def header_address(address: str, name: str = "") -> Address:
    """For a header. Also for addresses that RFC 5322 does not know and people have: `a..b@` and `a.@` (Japan)."""
    local, _, domain = wire_address(address).rpartition("@")
    if len(local) > 1 and local.startswith('"') and local.endswith('"'):
        local = local[1:-1].replace("\\", "")
    return Address(display_name=name, username=local, domain=domain)
