"""A run: what the keeper and the engine need to know to put a show on air. A rehearsal is a kind of run that cannot
hold a network sink, by type. Pure nouns, any thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from studio.model.show import Destination, Show

LOGIN_LABEL = "\x1flogin:"
"""Before a source's id among a run's keys: no destination's label can begin like this, it cannot be printed."""


@dataclass(frozen=True, slots=True)
class EncoderChoice:
    """How one canvas is encoded; `preset` and `bitrate_kbps` are decided before the run and said aloud."""

    encoder: str = "libx264"
    preset: str = "superfast"
    bitrate_kbps: int = 2500


@dataclass(frozen=True, slots=True)
class Recording:
    """Where the recording goes: folders in order of preference, and the canvases that are recorded."""

    folders: tuple[str, ...]
    canvases: tuple[str, ...]
    part_seconds: float = 1800.0


@dataclass(frozen=True, slots=True)
class ScriptedCommand:
    """A command as JSON and the second of the run it is due at."""

    at: float
    command: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RunPlan:
    """What every kind of run has. `script` holds commands with the second they are due at."""

    run: str
    show: Show
    encoders: Mapping[str, EncoderChoice]
    recording: Recording | None
    stepped: bool = False
    ends_after_seconds: float | None = None
    show_folder: str = ""
    script: tuple[ScriptedCommand, ...] = ()


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A run nobody outside can see: there is no place in it for a destination."""

    plan: RunPlan


@dataclass(frozen=True, slots=True)
class LiveRun:
    """A run that may send. `trusted_ca` names a certificate file that replaces the built-in one (a private server)."""

    plan: RunPlan
    destinations: tuple[Destination, ...] = ()
    trusted_ca: str | None = None


Run = Rehearsal | LiveRun
