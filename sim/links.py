"""The sockets of the practice aircraft: TCP ground stations that come and go, UDP in both directions.

An address reads `tcp:HOST:PORT` (listens), `udp:HOST:PORT` (sends to a ground station that listens there) or
`udpin:HOST:PORT` (listens, and answers whoever sends). Port 0 takes a free one.
"""

import contextlib
import selectors
import socket
from typing import Any, NamedTuple

from pymavlink.dialects.v20 import ardupilotmega as mav

from missions.errors import LinkError
from sim.commands import COMPONENT_ID, SYSTEM_ID

TELEMETRY_BACKLOG_BYTES = 32_768
"""A TCP link this far behind gets no telemetry until it has read on; events and answers still go."""
_CHUNK = 65_536
Endpoint = tuple[str, int]


class Address(NamedTuple):
    """An address in its parts."""

    kind: str
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.kind}:{self.host}:{self.port}"


def parse_address(text: str) -> Address:
    """Take an address apart.

    Raises
    ------
    LinkError
        When it is not one of the three kinds.
    """
    kind, _, rest = text.partition(":")
    host, _, port = rest.rpartition(":")
    if kind not in ("tcp", "udp", "udpin") or not host or not port.isdigit() or int(port) > 65535:
        raise LinkError(
            f'"{text}" is not an address of the practice aircraft: '
            "expected tcp:HOST:PORT, udp:HOST:PORT or udpin:HOST:PORT"
        )
    return Address(kind, host, int(port))


class Connection:
    """One ground station: frames messages out, and messages out of bytes."""

    def __init__(self, sock: socket.socket, peer: Endpoint | None) -> None:
        self.closed = False
        self._socket, self._peer = sock, peer
        self._codec = mav.MAVLink(self, srcSystem=SYSTEM_ID, srcComponent=COMPONENT_ID)
        self._codec.robust_parsing = True
        self._backlog = bytearray()

    @property
    def behind(self) -> bool:
        """Whether telemetry should wait."""
        return len(self._backlog) > TELEMETRY_BACKLOG_BYTES

    @property
    def datagrams(self) -> bool:
        """Whether what is sent too fast is lost."""
        return self._peer is not None

    def send(self, message: Any) -> None:
        """Send a message."""
        self._codec.send(message)

    def decode(self, data: bytes) -> list[Any]:
        """Give the messages that end in these bytes; what is no MAVLink is skipped."""
        messages = self._codec.parse_buffer(bytearray(data)) or []
        return [message for message in messages if message.get_type() != "BAD_DATA"]

    def write(self, data: bytes) -> None:
        """Put bytes on the link, or behind those that still wait for it."""
        if self._peer is not None:
            # A datagram nobody takes is lost, as on the air.
            with contextlib.suppress(OSError):
                self._socket.sendto(data, self._peer)
        else:
            self._backlog += data
            self.flush()

    def flush(self) -> None:
        """Send what waits, as far as the link takes it."""
        try:
            while self._backlog and self._peer is None:
                del self._backlog[: self._socket.send(self._backlog[:_CHUNK])]
        except BlockingIOError:
            pass
        except OSError:
            self.closed = True


class Links:
    """All sockets of one aircraft.

    Parameters
    ----------
    addresses : texts as `parse_address` takes them

    Raises
    ------
    LinkError
        When an address cannot be opened.
    """

    def __init__(self, addresses: list[str]) -> None:
        self.connections: list[Connection] = []
        self.addresses: list[str] = []
        self._selector = selectors.DefaultSelector()
        self._datagrams: dict[tuple[socket.socket, Endpoint], Connection] = {}
        self._streams: dict[socket.socket, Connection] = {}
        for address in map(parse_address, addresses):
            try:
                self._open(address)
            except OSError as error:
                self.close()
                raise LinkError(f"{address}: cannot be opened: {error}") from error

    def poll(self, timeout_s: float) -> list[tuple[Connection, Any]]:
        """Wait for messages, and give those that came with whom they came from."""
        received: list[tuple[Connection, Any]] = []
        for key, _ in self._selector.select(timeout_s):
            sock: Any = key.fileobj
            if key.data == "listener":
                self._accept(sock)
            elif key.data == "stream":
                received += self._read_stream(sock)
            else:
                received += self._read_datagrams(sock)
        for connection in self.connections:
            connection.flush()
        for sock in [sock for sock, connection in self._streams.items() if connection.closed]:
            self._drop(sock)
        return received

    def close(self) -> None:
        """Close everything."""
        for key in list(self._selector.get_map().values()):
            sock: Any = key.fileobj
            sock.close()
        self._selector.close()
        self.connections.clear()

    def _open(self, address: Address) -> None:
        stream = address.kind == "tcp"
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM if stream else socket.SOCK_DGRAM)
        self._selector.register(sock, selectors.EVENT_READ, "listener" if stream else "datagrams")
        sock.setblocking(False)
        if address.kind == "udp":
            peer = (socket.gethostbyname(address.host), address.port)
            self._meet(sock, peer)
            self.addresses.append(str(address))
            return
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((address.host, address.port))
        if stream:
            sock.listen()
        self.addresses.append(str(address._replace(port=sock.getsockname()[1])))

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):  # gone again already
            sock, _ = listener.accept()
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._streams[sock] = Connection(sock, None)
            self.connections.append(self._streams[sock])
            self._selector.register(sock, selectors.EVENT_READ, "stream")

    def _read_stream(self, sock: socket.socket) -> list[tuple[Connection, Any]]:
        connection = self._streams[sock]
        try:
            data = sock.recv(_CHUNK)
        except BlockingIOError:
            return []
        except OSError:
            data = b""
        if not data:
            connection.closed = True
        return [(connection, message) for message in connection.decode(data)]

    def _read_datagrams(self, sock: socket.socket) -> list[tuple[Connection, Any]]:
        received: list[tuple[Connection, Any]] = []
        while True:
            try:
                data, peer = sock.recvfrom(_CHUNK)
            except BlockingIOError:
                return received
            except OSError:  # nobody listens where the last datagram went
                return received
            connection = self._datagrams.get((sock, peer)) or self._meet(sock, peer)
            received += [(connection, message) for message in connection.decode(data)]

    def _meet(self, sock: socket.socket, peer: Endpoint) -> Connection:
        connection = self._datagrams[(sock, peer)] = Connection(sock, peer)
        self.connections.append(connection)
        return connection

    def _drop(self, sock: socket.socket) -> None:
        self._selector.unregister(sock)
        sock.close()
        self.connections.remove(self._streams.pop(sock))
