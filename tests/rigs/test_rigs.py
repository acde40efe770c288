"""The rigs around the network and the disk prove themselves: what they promise to do to a show, they do."""

from __future__ import annotations

import errno
import os
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.instruments.hearing import audio_video_offsets_ms
from tests.instruments.recording import assert_dense, packet_ticks, ticks
from tests.rigs.black_hole import BlackHole
from tests.rigs.collector import Collector
from tests.rigs.disks import PowerCutDisk, SmallDisk
from tests.rigs.fault_proxy import FaultProxy
from tests.rigs.jangteo import PROJECT
from tests.rigs.ports import HOST, answers
from tests.rigs.processes import alive
from tests.rigs.publisher import Publisher
from tests.rigs.rtmp_server import RtmpServer
from tests.rigs.samples import Beep, clip
from tests.rigs.silent_server import SilentServer
from tests.rigs.tls_front import TlsFront
from tests.rigs.waiting import holds_for, wait_for

ServerFactory = Callable[..., RtmpServer]
ProxyFactory = Callable[..., FaultProxy]


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds with sound, a key frame each half second."""
    return clip(tmp_path_factory.mktemp("clips") / "three.flv", seconds=3, beep=Beep(), key_every=15)


@pytest.fixture(scope="session")
def blink(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fifth of a second."""
    return clip(tmp_path_factory.mktemp("clips") / "blink.flv", seconds=0.2, key_every=6)


# --- the RTMP server ---


def test_what_is_published_is_recorded(rtmp_server: ServerFactory, sample: Path) -> None:
    server = rtmp_server()
    with Publisher(sample, server.url("show")) as publisher:
        assert server.wait_published("show") < 10
        streams = server.streams()
        assert streams is not None
        assert streams["show"].publishing
        assert publisher.wait(15) == 0, publisher.said()
    (recorded,) = server.finished_recordings("show")
    read = ticks(recorded)
    assert_dense(read)
    assert read == list(range(90))
    assert len(packet_ticks(recorded, 30)) == 90
    assert max(map(abs, audio_video_offsets_ms(recorded))) < 2
    assert [one.verdict for one in server.asked("show")] == [200]
    assert server.recordings("other") == []


def test_refused_names_and_silent_answers(rtmp_server: ServerFactory, blink: Path) -> None:
    server = rtmp_server()
    server.refuse("key")
    with Publisher(blink, server.url("key")) as publisher:
        assert publisher.wait(10) != 0
    with Publisher(blink, server.url("other")) as publisher:
        assert publisher.wait(10) == 0, publisher.said()
    server.accept("key")
    server.keep_silent("key")
    with Publisher(blink, server.url("key")) as publisher:
        assert holds_for(publisher.running, 0.7)
        server.keep_silent("key", False)
        assert publisher.wait(10) == 0, publisher.said()
    assert [(one.name, one.verdict) for one in server.asked()] == [("key", 403), ("other", 200), ("key", 200)]


def test_two_publishings_in_one_second_leave_two_recordings(rtmp_server: ServerFactory, blink: Path) -> None:
    server = rtmp_server()
    for count in range(1, 5):
        with Publisher(blink, server.url("key")) as publisher:
            assert publisher.wait(10) == 0, publisher.said()
        server.wait_unpublished("key")
        assert len(server.recordings("key")) == count
    assert [ticks(path) for path in server.recordings("key")] == [list(range(6))] * 4


def test_a_frozen_server_takes_no_bytes_and_goes_on(rtmp_server: ServerFactory, sample: Path) -> None:
    server = rtmp_server()
    with Publisher(sample, server.url("show"), times=3):
        server.wait_published("show")
        server.freeze()
        size = server.recordings("show")[0].stat().st_size
        assert holds_for(lambda: server.recordings("show")[0].stat().st_size == size, 0.6)
        assert not server.published("show")
        assert answers(server.rtmp_port)
        server.thaw()
        wait_for(lambda: server.recordings("show")[0].stat().st_size > size, 5, "recording grows again")
        assert server.published("show")


@pytest.mark.parametrize("how", ["restart", "kill", "stop while frozen"])
def test_a_server_that_dies_comes_back_on_its_port(rtmp_server: ServerFactory, sample: Path, how: str) -> None:
    server = rtmp_server()
    worker = server.worker()
    assert worker is not None
    with Publisher(sample, server.url("show"), times=3) as publisher:
        server.wait_published("show")
        if how == "restart":
            server.restart()
        elif how == "kill":
            server.kill()
        else:
            server.freeze()
            server.stop()
        assert not alive(worker)
        assert answers(server.rtmp_port) is (how == "restart")
        assert publisher.wait(10) != 0
    server.start()
    with Publisher(sample, server.url("show")):
        server.wait_published("show")
    assert len(server.recordings("show")) == 2


def test_a_ghost_keeps_the_name_until_its_connection_breaks(
    rtmp_server: ServerFactory, fault_proxy: ProxyFactory, sample: Path, blink: Path
) -> None:
    """nginx-rtmp's ping does not find a ghost: its own question counts as a sign of life."""
    server = rtmp_server()
    proxy = fault_proxy(server.rtmp_port)
    with Publisher(sample, proxy.url("show"), times=5):
        server.wait_published("show")
        proxy.set(mode="black hole")
        with Publisher(blink, server.url("show")) as second:
            assert second.wait(10) != 0
        assert "already publishing" in server.log()
        assert server.published("show")
        proxy.reset_now()
        server.wait_unpublished("show", 3)
    with Publisher(blink, server.url("show")) as third:
        assert third.wait(10) == 0, third.said()


def test_a_killed_test_run_leaves_no_server(tmp_path: Path) -> None:
    script = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from tests.rigs.rtmp_server import RtmpServer\n"
        "server = RtmpServer(Path(sys.argv[1]))\n"
        "server.start()\n"
        "print(server.rtmp_port, server.worker(), flush=True)\n"
        "time.sleep(60)\n"
    )
    words = [sys.executable, "-c", script, str(tmp_path / "server")]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=PROJECT) as run:
        assert run.stdout is not None
        port, worker = map(int, run.stdout.readline().split())
        assert answers(port)
        run.kill()
    wait_for(lambda: not alive(worker) and not answers(port), 5, "nginx has left")


def test_an_idle_publisher_is_dropped_if_asked_for(
    rtmp_server: ServerFactory, fault_proxy: ProxyFactory, sample: Path
) -> None:
    server = rtmp_server(drop_idle_publisher="1s")
    proxy = fault_proxy(server.rtmp_port)
    with Publisher(sample, proxy.url("show"), times=5):
        server.wait_published("show")
        proxy.set(mode="black hole")
        server.wait_unpublished("show", 3)


# --- servers that do not answer ---


def test_a_silent_server_takes_everything_and_says_nothing(silent_server: SilentServer) -> None:
    with socket.create_connection((HOST, silent_server.port), timeout=2) as client:
        client.sendall(b"hello" * 100)
        client.settimeout(0.3)
        with pytest.raises(TimeoutError):
            client.recv(1)
        wait_for(lambda: silent_server.bytes_received == 500, 2)
        assert silent_server.still_connected() == 1
    wait_for(lambda: silent_server.still_connected() == 0, 2)
    assert silent_server.connections == 1


def test_a_server_that_does_not_even_read_fills_the_senders_queue() -> None:
    with SilentServer(reads=False) as server, socket.create_connection((HOST, server.port)) as client:
        client.settimeout(0.5)
        with pytest.raises(TimeoutError):
            client.sendall(bytes(32 << 20))


def test_a_black_hole_neither_answers_nor_refuses(black_hole: BlackHole) -> None:
    begun = time.monotonic()
    with pytest.raises(TimeoutError):
        socket.create_connection((HOST, black_hole.port), timeout=0.7)
    assert time.monotonic() - begun >= 0.6


# --- TLS ---


@pytest.fixture
def collector() -> Iterator[Collector]:
    one = Collector()
    yield one
    one.close()


@pytest.mark.parametrize(
    ("variant", "words"),
    [("good", None), ("self-signed", "self"), ("wrong name", "IP address"), ("expired", "expired")],
)
def test_tls_in_four_variants(
    collector: Collector, tls_front: Callable[..., TlsFront], variant: str, words: str | None
) -> None:
    front = tls_front(collector.port, variant)
    context = ssl.create_default_context(cafile=str(front.authority))
    with socket.create_connection((HOST, front.port), timeout=5) as plain:
        if words is None:
            with context.wrap_socket(plain, server_hostname=HOST) as client:
                client.sendall(b"hello")
                assert client.recv(2) == b"ok"
        else:
            with pytest.raises(ssl.SSLCertVerificationError, match=words):
                context.wrap_socket(plain, server_hostname=HOST)


def test_rtmps_reaches_the_server(rtmp_server: ServerFactory, tls_front: Callable[..., TlsFront], blink: Path) -> None:
    server = rtmp_server()
    front = tls_front(server.rtmp_port)
    with Publisher(blink, front.url("show")) as publisher:
        assert publisher.wait(10) == 0, publisher.said()
    assert ticks(server.finished_recordings("show")[0]) == list(range(6))


# --- disks ---


@pytest.mark.needs_root
def test_a_small_disk_fills_up_and_is_pulled(tmp_path: Path) -> None:
    with SmallDisk(tmp_path / "disk", 1 << 20) as disk:
        ballast = disk.fill(leave=100_000)
        assert disk.free() < 110_000
        with (disk.folder / "file").open("wb", buffering=0) as file:
            with pytest.raises(OSError, match="No space"):
                any(file.write(bytes(4096)) == 0 for _ in range(100))
            ballast.unlink()
            assert file.write(bytes(4096)) == 4096
            disk.pull()
            assert list(disk.folder.iterdir()) == []
            assert file.write(bytes(4096)) == 4096
    assert str(tmp_path) not in Path("/proc/self/mounts").read_text()


@pytest.mark.needs_root
def test_a_power_cut_keeps_what_was_synced_and_nothing_else(tmp_path: Path) -> None:
    with PowerCutDisk(tmp_path / "disk") as disk:
        with (disk.folder / "synced").open("wb", buffering=0) as file, (disk.folder / "lost").open("wb") as lost:
            file.write(b"kept" * 1000)
            os.fsync(file.fileno())
            folder = os.open(disk.folder, os.O_RDONLY)
            os.fsync(folder)
            os.close(folder)
            file.write(b"gone" * 1000)
            lost.write(bytes(100_000))
            lost.flush()
            disk.cut_power()
            with pytest.raises(OSError, match="error") as caught:
                file.write(b"dead")
            assert caught.value.errno == errno.EIO
        disk.power_on()
        assert (disk.folder / "synced").read_bytes() == b"kept" * 1000
        late = disk.folder / "lost"
        assert not late.exists() or late.stat().st_size == 0
        (disk.folder / "again").write_bytes(b"alive")
    assert not disk.image.exists()
    assert str(tmp_path) not in Path("/proc/self/mounts").read_text()
