"""What all tests share: no window on a screen, no touch of the user's own home, rigs that are taken down again, and at
the end of the session the proof that nothing of any test home is still alive or mounted. Rigs that cannot work on a
machine skip with their reason; where CI is set they fail instead, so that nothing goes missing unnoticed."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.rigs import disks
from tests.rigs.black_hole import BlackHole
from tests.rigs.canaries import make_canary
from tests.rigs.fault_proxy import FaultProxy
from tests.rigs.jangteo import Jangteo
from tests.rigs.processes import census_below, end_all
from tests.rigs.rtmp_server import RtmpServer
from tests.rigs.rtmp_server import missing as no_rtmp
from tests.rigs.silent_server import SilentServer
from tests.rigs.tls_front import TlsFront
from tests.rigs.tls_front import missing as no_tls
from tests.rigs.waiting import wait_for

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["LANG"] = "C.UTF-8"
os.environ.pop("LC_ALL", None)

# Property tests: no deadline on a slow machine, and the same examples at every run. SEARCH=1 looks for new ones.
settings.register_profile(
    "house",
    deadline=None,
    max_examples=30,
    database=None,
    derandomize=not os.environ.get("SEARCH"),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("house")

REPORTS = pytest.StashKey[dict[str, pytest.TestReport]]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    reason = disks.missing()
    if reason is not None:
        for item in items:
            if item.get_closest_marker("needs_root"):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    item.stash.setdefault(REPORTS, {})[report.when] = report
    return report


def failed(request: pytest.FixtureRequest) -> bool:
    """Whether the test of this fixture has failed by now."""
    return any(report.failed for report in request.node.stash.get(REPORTS, {}).values())


def need(reason: str | None) -> None:
    """Skip (or in CI fail) if there is a reason why a rig cannot work here."""
    if reason is not None and os.environ.get("CI"):
        pytest.fail(f"a rig is missing: {reason}")
    if reason is not None:
        pytest.skip(reason)


@pytest.fixture(autouse=True, scope="session")
def nothing_survives(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Gives code that asks for a home without having one a throw-away home; looks for survivors at the end."""
    base = tmp_path_factory.getbasetemp()
    os.environ["JANGTEO_HOME"] = str(base / "nobody")
    yield
    os.environ.pop("JANGTEO_HOME", None)
    with contextlib.suppress(TimeoutError):
        wait_for(lambda: not census_below(base), 3)
    alive = census_below(base)
    end_all(alive)
    table = Path("/proc/self/mounts")
    mounts = [line.split()[1] for line in table.read_text().splitlines()] if table.exists() else []
    left = [str(process) for process in alive] + [place for place in mounts if place.startswith(f"{base}{os.sep}")]
    assert not left, "survived the session:\n" + "\n".join(left)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty JANGTEO_HOME with a short path."""
    path = tmp_path / "h"
    path.mkdir()
    return path


@pytest.fixture
def jangteo_at(tmp_path: Path) -> Iterator[Callable[..., Jangteo]]:
    """Factory: `jangteo_at("name", environment=…, tracebacks=True)`; every one is stopped and examined at the end."""
    made: list[Jangteo] = []

    def make(name: str = "h", **options: Any) -> Jangteo:
        made.append(Jangteo(tmp_path / name, **options))
        return made[-1]

    with contextlib.ExitStack() as closing:
        yield make
        for one in made:
            closing.callback(one.close)


@pytest.fixture
def jangteo(home: Path, jangteo_at: Callable[..., Jangteo], request: pytest.FixtureRequest) -> Iterator[Jangteo]:
    """Our command in `home`. Set `jangteo.tracebacks_allowed = True` in a test that provokes some."""
    one = jangteo_at(home.name)
    yield one
    if failed(request):
        print(one.story(40))


@pytest.fixture
def rtmp_server(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[..., RtmpServer]]:
    """Factory: `rtmp_server("youtube", drop_idle_publisher="5s")` starts an nginx-rtmp of its own."""
    need(no_rtmp())
    made: list[RtmpServer] = []

    def make(name: str = "server", **options: Any) -> RtmpServer:
        server = RtmpServer(tmp_path / "servers" / name, **options)
        made.append(server)
        server.start()
        return server

    yield make
    for server in made:
        if failed(request):
            print(f"{server.folder.name}:\n{server.log()}")
        server.close()


@pytest.fixture
def silent_server() -> Iterator[SilentServer]:
    with SilentServer() as server:
        yield server


@pytest.fixture
def black_hole() -> Iterator[BlackHole]:
    with BlackHole() as hole:
        yield hole


@pytest.fixture
def fault_proxy() -> Iterator[Callable[..., FaultProxy]]:
    """Factory: `fault_proxy(server.rtmp_port, rate=125_000)`."""
    with contextlib.ExitStack() as closing:
        yield lambda target_port, **faults: closing.enter_context(FaultProxy(target_port, **faults))


@pytest.fixture
def tls_front(tmp_path: Path) -> Iterator[Callable[..., TlsFront]]:
    """Factory: `tls_front(server.rtmp_port, "expired")`."""
    need(no_tls())
    with contextlib.ExitStack() as closing:
        yield lambda target_port, variant="good": closing.enter_context(
            TlsFront(tmp_path / "tls" / variant.replace(" ", "-"), target_port, variant)
        )


@pytest.fixture(name="make_canary")
def canary_maker() -> Callable[..., str]:
    """`make_canary()`: a stream key that must not be found anywhere."""
    return make_canary
