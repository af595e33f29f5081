"""Ask a ClamAV daemon whether a file holds a virus, by its INSTREAM command (clamd(8))."""

from __future__ import annotations

import socket
import struct
from enum import StrEnum
from urllib.parse import urlsplit

CHUNK = 256 * 1024
# For all of one file: the person who uploads waits for the answer.
SECONDS = 15
_LONGEST_ANSWER = 4096


class ScanResult(StrEnum):
    """What is known about a file. Only a clean one is handed out in production."""

    CLEAN = "clean"
    INFECTED = "infected"
    # A scanner is configured and could not say: it is asked again later.
    UNSCANNED = "unscanned"
    # No scanner is configured: for development alone.
    NO_SCANNER = "no_scanner"


class ScannerError(Exception):
    """The scanner cannot be reached, is too slow, or does not know."""


def scan(address: str, content: bytes) -> ScanResult:
    """Ask the scanner at `host:port`, `tcp://host:port` or `unix:/path`.

    Returns:
        CLEAN, INFECTED, or UNSCANNED when the scanner could not say.
    """
    if not address:
        return ScanResult.NO_SCANNER
    try:
        return _ask(address, content)
    except ScannerError:
        return ScanResult.UNSCANNED


def _ask(address: str, content: bytes) -> ScanResult:
    try:
        with _connect(address) as connection:
            connection.sendall(b"zINSTREAM\0")
            for start in range(0, len(content), CHUNK):
                chunk = content[start : start + CHUNK]
                connection.sendall(struct.pack("!L", len(chunk)) + chunk)
            connection.sendall(struct.pack("!L", 0))
            answer = _read(connection)
    except OSError as failed:
        raise ScannerError(f"the scanner does not answer: {failed}") from failed
    if answer == "stream: OK":
        return ScanResult.CLEAN
    if answer.endswith(" FOUND"):
        return ScanResult.INFECTED
    raise ScannerError(f"the scanner answered {answer[:200]!r}")


def _connect(address: str) -> socket.socket:
    if address.startswith("unix:"):
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(SECONDS)
        try:
            connection.connect(address.removeprefix("unix:"))
        except BaseException:
            connection.close()
            raise
        return connection
    host, port = host_and_port(address)
    return socket.create_connection((host, port), timeout=SECONDS)


def host_and_port(address: str) -> tuple[str, int]:
    """The two halves of `host:port` or `tcp://host:port`.

    Raises:
        ValueError: it is neither.
    """
    parts = urlsplit(address if "//" in address else f"tcp://{address}")
    if parts.scheme != "tcp" or not parts.hostname or not parts.port:
        raise ValueError("host:port, tcp://host:port or unix:/path is needed")
    return parts.hostname, parts.port


def _read(connection: socket.socket) -> str:
    answer = b""
    while b"\0" not in answer and len(answer) < _LONGEST_ANSWER:
        part = connection.recv(_LONGEST_ANSWER)
        if not part:
            break
        answer += part
    return answer.partition(b"\0")[0].decode(errors="replace").strip()
