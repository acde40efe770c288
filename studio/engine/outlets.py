"""All ways out of one run: network outlets, which only a live run can have (by type), and recordings. Distributes
packets to whoever takes their canvas, and says which canvases anybody receives. Used by encoder threads and the tick;
nothing here waits."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from studio.engine.file_outlet import FileOutlet
from studio.engine.network_outlet import Link, NetworkOutlet
from studio.engine.sink_process import Spares
from studio.model import commands
from studio.model.events import Event
from studio.model.packet import Packet
from studio.model.run import LiveRun, Run
from studio.model.secret import Secret
from studio.model.sentence import Refusal
from studio.program.state import State

STOP_SECONDS = 1.7
STEPPED_STOP_SECONDS = 60.0
"""Without a clock recorders may be far behind; nobody waits for a server."""


class Outlets:
    """Built once per engine; `parts_made` counts the recording parts of earlier engines of this run per canvas."""

    def __init__(
        self,
        run: Run,
        keys: Mapping[str, Secret],
        parts_made: Mapping[str, int],
        connects: Mapping[str, int],
        on_event: Callable[[Event], None],
        ask_key: Callable[[str], None],
    ) -> None:
        plan = run.plan
        show = plan.show
        self._spares = Spares()
        self.network: dict[str, NetworkOutlet] = {}
        self.files: dict[str, FileOutlet] = {}
        if isinstance(run, LiveRun):
            for destination in run.destinations:
                canvas = show.canvas(destination.canvas or show.canvases[0].id)
                self.network[destination.label] = NetworkOutlet(
                    destination,
                    canvas,
                    keys.get(destination.label, Secret("")),
                    run.trusted_ca,
                    self._spares,
                    on_event,
                    lambda canvas=canvas.id: ask_key(canvas),  # type: ignore[misc]  # bound now, not in the loop
                    plan.encoders[canvas.id].bitrate_kbps,
                    connects.get(destination.label, 0),
                    plan.stepped,
                )
        if plan.recording is not None:
            for canvas_id in plan.recording.canvases:
                self.files[canvas_id] = FileOutlet(
                    f"{show.id}-{plan.run}",
                    show.canvas(canvas_id),
                    plan.recording,
                    parts_made.get(canvas_id, 0) + 1,
                    self._spares,
                    on_event,
                    lambda canvas=canvas_id: ask_key(canvas),  # type: ignore[misc]  # bound now, not in the loop
                    plan.stepped,
                )
        self._stop_seconds = STEPPED_STOP_SECONDS if plan.stepped else STOP_SECONDS
        self._spares.warm()

    def wanted_canvases(self) -> set[str]:
        """Canvases that somebody receives."""
        taken = {outlet.canvas.id for outlet in self.network.values() if outlet.wants_media}
        return taken | {canvas for canvas, outlet in self.files.items() if outlet.wants_media}

    def only_link(self, canvas: str) -> Link | None:
        """What the link of a canvas' destination takes, where one alone is at work: beside another one nothing is
        lowered, the slow one's queue drops."""
        at_work = [outlet for outlet in self.network.values() if outlet.canvas.id == canvas and outlet.is_at_work]
        for outlet in at_work:
            outlet.is_alone = len(at_work) == 1
        return at_work[0].link() if len(at_work) == 1 else None

    def put_picture(self, canvas: str, packet: Packet) -> None:
        """Encoder thread of a canvas."""
        for outlet in self.network.values():
            if outlet.canvas.id == canvas:
                outlet.put(packet)
        if canvas in self.files:
            self.files[canvas].put(packet)

    def put_sound(self, packet: Packet) -> None:
        """Sound encoder thread: everybody gets the same sound."""
        for outlet in self.network.values():
            outlet.put(packet)
        for recording in self.files.values():
            recording.put(packet)

    def _all(self) -> list[NetworkOutlet | FileOutlet]:
        return [*self.network.values(), *self.files.values()]

    def split_at(self, tick: int) -> None:
        """Recordings begin new parts after a gap."""
        for outlet in self.files.values():
            outlet.split_at(tick)

    def start_all(self, state: State | None) -> None:
        """Starts every destination of the run; after a resume only those that were on."""
        for label, outlet in self.network.items():
            light = state.destinations.get(label) if state is not None else None
            if light is None or light.state not in ("off", "ended"):
                outlet.start()

    def is_settled(self) -> bool:
        """Whether every destination is connected or in trouble: what a stepped run waits for before its first tick."""
        return all(outlet.is_settled for outlet in self.network.values())

    def obey(self, command: commands.Command) -> bool:
        """Carries out a command that concerns destinations; False for any other. Refusal for an unknown one."""
        if not isinstance(command, (commands.StartSending, commands.StopSending, commands.ReconnectNow)):
            return False
        outlet = self.network.get(command.destination)
        if outlet is None:
            known = ", ".join(self.network) or "없음"
            raise Refusal(
                f"송출 채널 “{command.destination[:60]}”이(가) 이 방송에 없어요. 있는 채널: {known}.",
                f"This run has no destination “{command.destination[:60]}”. Destinations: {known}.",
                code="unknown_destination",
            )
        if isinstance(command, commands.StartSending):
            outlet.start()
        elif isinstance(command, commands.StopSending):
            outlet.stop()
        else:
            outlet.retry_now()
        return True

    def destinations(self) -> dict[str, dict[str, Any]]:
        """Label → figures; never a key."""
        return {label: outlet.facts() for label, outlet in self.network.items()}

    def recordings(self) -> dict[str, dict[str, Any]]:
        """Canvas → figures of its recording."""
        return {canvas: outlet.facts() for canvas, outlet in self.files.items()}

    def sink_pids(self) -> dict[str, int]:
        """Destination label, or `recording:CANVAS` → process id."""
        pids = {label: outlet.sink_pid for label, outlet in self.network.items()}
        pids |= {f"recording:{canvas}": outlet.sink_pid for canvas, outlet in self.files.items()}
        return {label: pid for label, pid in pids.items() if pid is not None}

    def close(self) -> None:
        """Finishes everything within the stop allowance, whatever state the servers are in."""
        deadline = time.monotonic() + self._stop_seconds
        outlets = self._all()
        for outlet in outlets:
            outlet.begin_close()
        for outlet in outlets:
            outlet.finish_close(deadline)
        self._spares.close()
