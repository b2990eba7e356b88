"""Where a webhook may go: to public addresses, unless the operator allows others.

A name is looked up once, and the connection goes to the address that was
checked: a second look-up could give another.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
from urllib.parse import urlsplit


class Refused(Exception):
    """A URL that no message may go to; its text says why."""


def checked(host: str, port: int, *, private: bool) -> str:
    """An address of a host, to connect to. Raises `Refused` if it has one that is not public, and OSError if it has
    none. `private`: any will do."""
    found = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    for address in found:
        if not private and not _public(address):
            raise Refused(f"{host}: {address} is no public address, and webhooks go to public ones only")
    return found[0]


def _public(text: str) -> bool:
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo and address.teredo[1])
        if inner:
            return _public(str(inner))
        if address in ipaddress.IPv6Network("64:ff9b::/96"):
            return _public(str(ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)))
    return address.is_global and not address.is_multicast


def post(url: str, body: bytes, headers: dict[str, str], *, private: bool, seconds: float) -> int:
    """Send a message; the status of the answer. Redirections are not followed. Raises `Refused`, OSError and
    `http.client.HTTPException`."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as bad:
        raise Refused(f"{url}: {bad}") from None
    if not host or parts.scheme not in ("http", "https"):
        raise Refused(f"{url}: no address of the web")
    address = checked(host, port, private=private)
    connection = _connection(parts.scheme, host, port, address, seconds)
    try:
        connection.request("POST", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), body, headers)
        return connection.getresponse().status
    finally:
        connection.close()


def _connection(scheme: str, host: str, port: int, address: str, seconds: float) -> http.client.HTTPConnection:
    """A connection to `address` that calls it by its name."""
    connection = http.client.HTTPConnection(host, port, timeout=seconds)
    connection.sock = socket.create_connection((address, port), timeout=seconds)
    if scheme == "https":
        connection.sock = ssl.create_default_context().wrap_socket(connection.sock, server_hostname=host)
    return connection
