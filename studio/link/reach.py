"""Whether a server can be reached and, for TLS, whether its certificate is good: a look before FFmpeg is let near a
stream key, because FFmpeg tells a refused port, a silent server and a false certificate apart badly or not at all.
Called by the sink's muxer thread, may take a few seconds; keeps nothing."""

from __future__ import annotations

import socket
import ssl
import time

CONNECT_SECONDS = 1.0
HANDSHAKE_SECONDS = 3.0
MOST_ADDRESSES = 3


class Unreachable(Exception):
    """No TCP connection. `reason` is one of the sink's words, `detail` is for people and free of secrets."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def look(host: str, port: int, trust: str | None, address: str | None = None) -> None:
    """Connect to the host (at `address`, where its name cannot be looked up) and let go. With `trust`, a file of
    certificates, do a TLS handshake for `host` as well. Raises Unreachable: `unreachable`, `silent`, `closed` or
    `certificate`."""
    with _connect(address or host, port) as connection:
        if trust is not None:
            _shake_hands(connection, host, trust)


def _connect(host: str, port: int) -> socket.socket:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Unreachable("unreachable", f"no address for {host}") from None
    detail = f"no address for {host}"
    for family, kind, protocol, _, address in found[:MOST_ADDRESSES]:
        connection = socket.socket(family, kind, protocol)
        connection.settimeout(CONNECT_SECONDS)
        try:
            connection.connect(address)
        except ConnectionRefusedError:
            detail = f"{host}:{port} refuses connections"
        except TimeoutError:
            detail = f"{host}:{port} does not answer"
        except OSError as error:
            detail = f"no way to {host}:{port} ({error.errno})"
        else:
            return connection
        connection.close()
    raise Unreachable("unreachable", detail)


def _shake_hands(connection: socket.socket, host: str, trust: str) -> None:
    try:
        context = ssl.create_default_context(cafile=trust)
    except (OSError, ssl.SSLError):
        raise Unreachable("certificate", "the file of trusted certificates cannot be read") from None
    connection.settimeout(HANDSHAKE_SECONDS)
    begun = time.monotonic()
    try:
        with context.wrap_socket(connection, server_hostname=host):
            return
    except ssl.SSLCertVerificationError as error:
        raise Unreachable("certificate", f"certificate of {host}: {error.verify_message}") from None
    except TimeoutError:
        raise Unreachable("silent", f"no TLS handshake in {time.monotonic() - begun:.1f} s") from None
    except ssl.SSLError as error:
        raise Unreachable("certificate", f"no TLS with {host}: {error.reason}") from None
    except OSError:
        raise Unreachable("closed", f"{host} closed the connection in the TLS handshake") from None


def own_address() -> str:
    """This machine's address in its own network, as a phone beside it needs it; no packet is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # a range for documentation: only the routing table is asked
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"


def listening_url(address: str) -> str:
    """What a phone is told to push to for a source `listen:PORT/NAME`."""
    port, _, name = address.partition("/")
    return f"rtmp://{own_address()}:{port}/live/{name}"
