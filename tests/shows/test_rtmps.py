"""A show to a server behind real TLS: with a good certificate it goes live, with any other nothing is ever sent (F10):
not one byte of picture, and above all not the key."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.instruments import recording
from tests.rigs.canaries import make_canary
from tests.rigs.certificates import Variant
from tests.rigs.jangteo import Jangteo
from tests.rigs.rtmp_server import RtmpServer
from tests.rigs.tls_front import TlsFront
from tests.shows.facts import read_facts, repeated_ticks
from tests.shows.joining import check_pictures
from tests.shows.plan import FPS, SMALL, write_show


def test_a_good_certificate(
    jangteo: Jangteo,
    rtmp_server: Callable[..., RtmpServer],
    tls_front: Callable[..., TlsFront],
    tmp_path: Path,
) -> None:
    server = rtmp_server()
    front = tls_front(server.rtmp_port, "good")
    canary = make_canary()
    (tmp_path / "key.txt").write_text(canary)
    target = ("--to", front.address, "--key-file", tmp_path / "key.txt", "--ca-file", front.authority)
    running = jangteo.start("run", write_show(tmp_path), *target, "--json", tmp_path / "s.json", *SMALL)
    status = jangteo.wait_destination("to-1", "live", 30)
    jangteo.wait_status(lambda s: s["tick"] > status["tick"] + 2 * FPS, 20, "two seconds on air")
    jangteo.stop()
    assert running.wait(10) == 0
    summary = json.loads((tmp_path / "s.json").read_text())
    facts = read_facts(summary["run_dir"])
    (received,) = server.finished_recordings(canary)
    pictures = list(recording.decode(received, FPS))
    recording.assert_dense([picture.tick() for picture in pictures], repeated_ticks(facts, "vertical"))
    assert pictures[-1].place == summary["ticks"] - 1
    assert summary["destinations"]["to-1"]["connects"] == 1
    assert check_pictures(facts) == []


def test_certificates_that_prove_nothing(
    jangteo: Jangteo,
    rtmp_server: Callable[..., RtmpServer],
    tls_front: Callable[..., TlsFront],
    tmp_path: Path,
) -> None:
    """Three at once, each with a fault of its own."""
    server = rtmp_server()
    variants: tuple[Variant, ...] = ("self-signed", "wrong name", "expired")
    fronts = [tls_front(server.rtmp_port, variant) for variant in variants]
    authorities = tmp_path / "authorities.pem"
    authorities.write_text("\n".join(front.authority.read_text() for front in fronts))
    canaries = [make_canary() for _ in fronts]
    (tmp_path / "keys.txt").write_text("\n".join(canaries))
    targets = [word for front in fronts for word in ("--to", front.address)]
    given = (*targets, "--key-file", tmp_path / "keys.txt", "--ca-file", authorities)
    running = jangteo.start("run", write_show(tmp_path), *given, "--json", tmp_path / "s.json", *SMALL)
    jangteo.wait_status(
        lambda s: all(light["reason"] == "certificate" for light in s["destinations"].values()),
        30,
        "all three certificates are named",
    )
    status = jangteo.wait_status(
        lambda s: all(light["state"] == "refused" for light in s["destinations"].values()), 30, "all three are refused"
    )
    jangteo.wait_status(lambda s: s["tick"] > status["tick"] + FPS, 20, "the show goes on")
    jangteo.stop()
    assert running.wait(10) == 0
    summary = json.loads((tmp_path / "s.json").read_text())
    for light in summary["destinations"].values():
        assert (light["connects"], light["packets"], light["bytes"]) == (0, 0, 0)
    for canary in canaries:
        assert server.asked(canary) == []
        assert server.recordings(canary) == []
    assert server.asked() == []
    assert any("인증서" in line for line in running.output + running.errors)
    assert check_pictures(read_facts(summary["run_dir"])) == []


@pytest.mark.gate
def test_an_unknown_authority(
    jangteo: Jangteo, rtmp_server: Callable[..., RtmpServer], tls_front: Callable[..., TlsFront], tmp_path: Path
) -> None:
    """Without --ca-file only the world's authorities are trusted."""
    server = rtmp_server()
    front = tls_front(server.rtmp_port, "good")
    (tmp_path / "key.txt").write_text(make_canary())
    jangteo.start("run", write_show(tmp_path), "--to", front.address, "--key-file", tmp_path / "key.txt", *SMALL)
    jangteo.wait_status(lambda s: s["destinations"]["to-1"]["reason"] == "certificate", 30, "the certificate is named")
    jangteo.stop()
    assert server.asked() == []
