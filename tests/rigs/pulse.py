"""A real sound server of our own: PulseAudio in a folder, with null sinks whose monitors are microphones to PortAudio
(through ALSA's pulse plugin, named in an ALSA configuration of our own). Microphones are plugged and unplugged, and
sounds are played into them, each by name. Any one thread."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from types import TracebackType

from tests.rigs.waiting import wait_for

ALSA_HEAD = "</usr/share/alsa/alsa.conf>\n"
ALSA_MICROPHONE = """pcm.{name} {{
    type pulse
    server "unix:{socket}"
    device "{name}.monitor"
    hint.description "{name}"
}}
"""


def missing() -> str | None:
    """Why this rig cannot work here, or None."""
    absent = [program for program in ("pulseaudio", "pactl", "paplay") if shutil.which(program) is None]
    return f"not installed: {', '.join(absent)}" if absent else None


class SoundServer:
    """Microphones by name; `environment` is for whoever is to hear them."""

    def __init__(self, folder: Path, names: tuple[str, ...]) -> None:
        self._folder = folder
        self._names = names
        self._socket = folder / "pulse.socket"
        self._modules: dict[str, str] = {}
        self._players: list[subprocess.Popen[bytes]] = []
        self._daemon: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        alsa = folder / "asound.conf"
        devices = "".join(ALSA_MICROPHONE.format(name=name, socket=self._socket) for name in names)
        alsa.write_text(ALSA_HEAD + devices)
        self.environment = {"ALSA_CONFIG_PATH": str(alsa), "PULSE_SERVER": f"unix:{self._socket}"}

    def __enter__(self) -> SoundServer:
        own = {"HOME": str(self._folder), "XDG_RUNTIME_DIR": str(self._folder), "PULSE_RUNTIME_PATH": str(self._folder)}
        with (self._folder / "pulse.log").open("ab") as log:
            self._daemon = subprocess.Popen(
                [
                    *("pulseaudio", "-n", "--exit-idle-time=-1", "--daemonize=no", "--use-pid-file=no"),
                    *("--realtime=no", "--high-priority=no", "--disable-shm=yes"),
                    *("-L", f"module-native-protocol-unix auth-anonymous=1 socket={self._socket}"),
                ],
                env={**os.environ, **own},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_for(lambda: self._socket.exists() and self._control("info") is not None, 15, self._log)
        for name in self._names:
            self.plug(name)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for player in self._players:
            player.kill()
            player.wait(5)
        if self._daemon is not None:
            self._daemon.kill()
            self._daemon.wait(5)

    def _log(self) -> str:
        return f"the sound server answers\n{(self._folder / 'pulse.log').read_text(errors='replace')[-2000:]}"

    def _control(self, *words: str) -> str | None:
        done = subprocess.run(
            ["pactl", *words], env={**os.environ, **self.environment}, capture_output=True, text=True, timeout=10
        )
        return done.stdout.strip() if done.returncode == 0 else None

    def plug(self, name: str) -> None:
        """The microphone is there."""
        options = f"sink_name={name} rate=48000 channels=2 sink_properties=device.description={name}"
        loaded = self._control("load-module", "module-null-sink", *options.split(" "))
        assert loaded is not None, self._log()
        self._modules[name] = loaded

    def unplug(self, name: str) -> None:
        """It is gone, with whoever spoke into it."""
        assert self._control("unload-module", self._modules.pop(name)) is not None

    def play(self, name: str, sound: Path) -> None:
        """Somebody speaks into the microphone, once, to the end of the file."""
        self._players.append(
            subprocess.Popen(
                ["paplay", f"--device={name}", str(sound)],
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        )
