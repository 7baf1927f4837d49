"""Network addresses: `DB.prod:5432`, `10.0.0.1`, `[::1]:80`, and lists of them."""

from __future__ import annotations

from driftcheck.model import Scalar
from driftcheck.pattern import Pattern
from driftcheck.values import Meaning

LONGEST = 8192
_HOST = Pattern(
    r"(?P<host>[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?|\[[0-9A-Fa-f:.]+\])\.?(?::(?P<port>[0-9]{1,5}))?"
)
_BARE_IPV6 = Pattern(r"[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*")


def parse(value: Scalar, default_port: str = "") -> Meaning | None:
    """Read `host`, `host:port`, or several with commas, in any order; call it where the rule says that it is a host.

    Any single word reads as a host name. Parts: `host` and `port`, each with commas where there are several.
    """
    if not isinstance(value, str) or len(value) > LONGEST:
        return None
    addresses = []
    for text in value.strip().split(","):
        address = split(text.strip())
        if address is None:
            return None
        addresses.append((address[0], address[1] or default_port))
    hosts = ",".join(host for host, _ in addresses)
    ports = ",".join(sorted({port for _, port in addresses if port}))
    shown = ",".join(f"{host}:{port}" if port else host for host, port in addresses)
    parts = {"host": hosts, "port": ports} if ports else {"host": hosts}
    return Meaning("host", tuple(sorted(addresses)), shown, parts=parts)


def is_this_machine(name: str) -> bool:
    """Return whether a name or address is loopback's: `localhost`, `127.0.0.1`, `::1`; never by how it begins."""
    from ipaddress import ip_address

    try:
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False


def split(text: str) -> tuple[str, str] | None:
    """Return host (in lower case) and port ("" if none); None for what is no address."""
    if _BARE_IPV6.fullmatch(text):
        return f"[{text.lower()}]", ""
    found = _HOST.fullmatch(text)
    return (found["host"].lower(), (found["port"] or "").lstrip("0")) if found else None
