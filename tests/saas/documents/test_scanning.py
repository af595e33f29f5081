"""The scanner is asked in its own protocol, by a stand-in that speaks it over TCP."""

from __future__ import annotations

import socket
import socketserver
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from saas.documents import scanning
from saas.documents.scanning import ScanResult, host_and_port, scan
from tests.saas.documents.files import EICAR, PDF

Answer = Callable[[bytes], bytes | None]


def clamd(content: bytes) -> bytes:
    """What the real one answers."""
    return b"stream: Eicar-Test-Signature FOUND\0" if EICAR in content else b"stream: OK\0"


@contextmanager
def scanner(answer: Answer = clamd) -> Iterator[str]:
    """A server of the INSTREAM command at the address yielded."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            if self.rfile.read(10) != b"zINSTREAM\0":
                return
            content = b""
            while size := struct.unpack("!L", self.rfile.read(4))[0]:
                content += self.rfile.read(size)
            said = answer(content)
            if said is None:
                hold.wait(5)
            else:
                self.wfile.write(said)

    hold = threading.Event()
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"127.0.0.1:{server.server_address[1]}"
        hold.set()
        server.shutdown()
        thread.join()


def test_a_clean_file_and_one_with_a_virus_are_told_apart() -> None:
    with scanner() as address:
        assert scan(address, PDF) is ScanResult.CLEAN
        assert scan(f"tcp://{address}", PDF + EICAR) is ScanResult.INFECTED


def test_a_file_of_many_chunks_arrives_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "CHUNK", 7)
    got: list[bytes] = []

    def keep(content: bytes) -> bytes:
        got.append(content)
        return b"stream: OK\0"

    with scanner(keep) as address:
        assert scan(address, PDF) is ScanResult.CLEAN
    assert got == [PDF]


@pytest.mark.parametrize(
    "said",
    [b"INSTREAM size limit exceeded. ERROR\0", b"stream: OK, perhaps\0", b"", b"stream: OK" * 999],
)
def test_an_answer_that_is_no_verdict_leaves_the_file_unscanned(said: bytes) -> None:
    with scanner(lambda _: said) as address:
        assert scan(address, PDF) is ScanResult.UNSCANNED


def test_a_scanner_that_is_too_slow_or_down_leaves_the_file_unscanned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(scanning, "SECONDS", 0.2)
    with scanner(lambda _: None) as address:
        assert scan(address, PDF) is ScanResult.UNSCANNED
    # Nobody listens there any more.
    assert scan(address, PDF) is ScanResult.UNSCANNED


def test_a_scanner_at_a_unix_socket_is_asked_too(tmp_path: Path) -> None:
    path = tmp_path / "clamd.ctl"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(str(path))
        listening.listen()

        def answer() -> None:
            connection, _ = listening.accept()
            with connection:
                while not connection.recv(4096).endswith(b"\0\0\0\0"):
                    pass
                connection.sendall(b"stream: OK\0")

        thread = threading.Thread(target=answer)
        thread.start()
        assert scan(f"unix:{path}", PDF) is ScanResult.CLEAN
        thread.join()
    assert scan(f"unix:{tmp_path / 'gone.ctl'}", PDF) is ScanResult.UNSCANNED


def test_without_a_scanner_nothing_is_claimed() -> None:
    assert scan("", PDF) is ScanResult.NO_SCANNER


def test_an_address_is_a_host_and_a_port() -> None:
    assert host_and_port("clamav:3310") == ("clamav", 3310)
    with pytest.raises(ValueError, match="host:port"):
        host_and_port("clamav")
