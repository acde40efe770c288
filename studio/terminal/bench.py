"""`jangteo bench WHAT`: chooses the measurement. Speed lives here, as ratios within one run, and never decides a test
of the ordinary suite."""

from __future__ import annotations

from studio.model.sentence import Refusal


def main(arguments: list[str]) -> int:
    """Exit code of the measurement."""
    what = arguments[0] if arguments else ""
    if what == "compose":
        from studio.terminal.bench_compose import main as measure

        return measure(arguments[1:])
    if what == "program":
        from studio.terminal.bench_program import main as measure_program

        return measure_program(arguments[1:])
    if what == "previews":
        from studio.terminal.bench_previews import main as measure_previews

        return measure_previews(arguments[1:])
    if what == "sources":
        from studio.terminal.bench_sources import main as measure_sources

        return measure_sources(arguments[1:])
    raise Refusal(
        f"잴 수 있는 것은 compose, program, sources, previews예요 (입력: “{what[:40]}”).",
        f"What can be measured: compose, program, sources, previews (got “{what[:40]}”).",
        code="usage",
    )
