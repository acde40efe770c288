"""What is heard: which sources sound at a tick and how loud, a pure function of state. A cut ramps over its one tick so
that nothing clicks; a transition crossfades; the cover is silence."""

from __future__ import annotations

from dataclasses import dataclass

from studio.program.state import State, media_start


@dataclass(frozen=True, slots=True)
class Heard:
    """One source at one tick: linear gain at the tick's start and end. Media time as for pictures."""

    source: str
    start_tick: int
    gain_from: float
    gain_to: float


def heard(state: State, before: State, tick: int) -> tuple[Heard, ...]:
    """Sources heard during `tick`; `before` is the state of the tick before, so that every change is a ramp."""
    now = gains(state, tick)
    then = now if before is state and state.transition is None else gains(before, tick - 1)
    return tuple(
        Heard(source, media_start(state, source), then.get(source, 0.0), now.get(source, 0.0))
        for source in sorted(now.keys() | then.keys())
        if now.get(source, 0.0) > 0 or then.get(source, 0.0) > 0
    )


def gains(state: State, tick: int) -> dict[str, float]:
    """Source id → linear gain at the end of `tick`; silent ones are absent."""
    if state.cover is not None:
        return {}
    here = _sources_of(state, state.program)
    weights = dict.fromkeys(here, 1.0)
    transition = state.transition
    if transition is not None and transition.first_tick <= tick < transition.first_tick + transition.ticks:
        progress = (tick - transition.first_tick + 1) / (transition.ticks + 1)
        there = _sources_of(state, transition.from_scene)
        for name in here | there:
            weights[name] = (progress if name in here else 0.0) + (1 - progress if name in there else 0.0)
    levels = {}
    for source in state.show.sources:
        if source.play == "insert" and (state.insert is None or state.insert.source != source.id):
            continue  # it waits at its first picture, silent
        weight = {"always": 1.0, "off": 0.0, "follow": weights.get(source.id, 0.0)}[source.sound]
        if weight > 0 and source.id not in state.muted:
            levels[source.id] = weight * 10 ** (state.gains.get(source.id, 0.0) / 20)
    return levels


def _sources_of(state: State, scene_id: str) -> set[str]:
    found: set[str] = set()
    for layer in state.show.scene(scene_id).layers:
        if layer.source is not None:
            found.add(layer.source)
        elif layer.scene is not None:
            found |= _sources_of(state, layer.scene)
    return found
