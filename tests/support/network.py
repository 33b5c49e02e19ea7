"""Closed sockets: a test that reaches beyond this machine is wrong, and is told so."""

from __future__ import annotations

import ipaddress
import socket
import sys


class OutsideConnection(AssertionError):
    """A test tried to leave the machine."""


def close_the_outside() -> None:
    """Refuse, for the rest of this process, each connection of Python code beyond the loopback."""
    sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if event != "socket.connect":
        return
    sock, address = arguments
    if isinstance(sock, socket.socket) and sock.family in {socket.AF_INET, socket.AF_INET6}:
        host = str(address[0]) if isinstance(address, tuple) else ""
        if host != "localhost" and not _is_loopback(host):
            raise OutsideConnection(f"a test connects to {host}")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
