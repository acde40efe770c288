"""The fit verdict (house law 7): whether a text fits its box, at which size, on which lines, and what happens when it
does not. Names may shrink to a floor and end in "…"; what `keeps` every glyph (money, percentages, dates, required
wording) may shrink and wrap but is never cut: it does not fit. Pure: it is given a way to measure. Any thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from studio.overlay.graphemes import graphemes

Measure = Callable[[str], float]
"""Width of a text in ems: what it is wide at one pixel per em."""

ELLIPSIS = "…"
SIZE_STEP = 0.5
"""Sizes are tried in steps of half a design pixel, so that equal texts get equal sizes."""

LITTLE = 0.92
"""A line that can take more lines shrinks to this part of its size before it does."""

SLACK = 1e-6


@dataclass(frozen=True, slots=True)
class Rule:
    """How a text may give way: from `size` down to `floor` design pixels, on up to `lines` lines; `keeps` means that
    no glyph may be lost."""

    size: float
    floor: float
    lines: int = 1
    keeps: bool = True


@dataclass(frozen=True, slots=True)
class Fitted:
    """A text that fits: its lines at one size, the widest line's width in design pixels, and whether it was cut."""

    lines: tuple[str, ...]
    size: float
    width: float
    cut: bool = False


def stepped(size: float) -> float:
    """The largest allowed size not above `size`."""
    return int(size / SIZE_STEP + SLACK) * SIZE_STEP


def _wrapped(measure: Measure, text: str, room: float, lines: int) -> tuple[str, ...] | None:
    """The text broken at its spaces into at most `lines` lines no wider than `room` ems, or None."""
    words = text.split(" ")
    done: list[str] = []
    line = ""
    for word in words:
        longer = f"{line} {word}" if line else word
        if measure(longer) <= room + SLACK:
            line = longer
            continue
        if not line or measure(word) > room + SLACK:
            return None
        done.append(line)
        line = word
        if len(done) == lines:
            return None
    done.append(line)
    return _evened(measure, tuple(done), room)


def _evened(measure: Measure, lines: tuple[str, ...], room: float) -> tuple[str, ...]:
    """Two lines are made as equal as their words allow: a lone last word looks like a mistake."""
    if len(lines) != 2:
        return lines
    words = " ".join(lines).split(" ")
    breaks = [(" ".join(words[:at]), " ".join(words[at:])) for at in range(1, len(words))]
    fitting = [(max(measure(first), measure(second)), first, second) for first, second in breaks]
    widest, first, second = min(fitting, key=lambda one: one[0])
    return (first, second) if widest <= room + SLACK else lines


def _cut_line(measure: Measure, text: str, room: float) -> str:
    """The longest start of the text that fits together with "…"."""
    parts = graphemes(text)
    low, high = 0, len(parts)
    while low < high:
        middle = (low + high + 1) // 2
        if measure("".join(parts[:middle]).rstrip() + ELLIPSIS) <= room + SLACK:
            low = middle
        else:
            high = middle - 1
    return "".join(parts[:low]).rstrip() + ELLIPSIS


def _cut(measure: Measure, text: str, room: float, lines: int) -> tuple[str, ...]:
    """As many whole words per line as fit, the last line cut. A word too long for a line is broken where it must."""
    done: list[str] = []
    rest = text
    while len(done) < lines - 1 and measure(rest) > room + SLACK:
        words = rest.split(" ")
        taken = 0
        while taken < len(words) and measure(" ".join(words[: taken + 1])) <= room + SLACK:
            taken += 1
        if taken:
            done.append(" ".join(words[:taken]))
            rest = " ".join(words[taken:])
            continue
        parts = graphemes(rest)
        many = 1
        while many < len(parts) and measure("".join(parts[: many + 1])) <= room + SLACK:
            many += 1
        done.append("".join(parts[:many]))
        rest = "".join(parts[many:])
    done.append(rest if measure(rest) <= room + SLACK else _cut_line(measure, rest, room))
    return tuple(done)


def fit(measure: Measure, text: str, width: float, rule: Rule) -> Fitted | None:
    """The largest way in which the text fits `width` design pixels, or None when it does not fit as it must. A text
    first shrinks a little on one line, then takes more lines, then shrinks, and only then, if it may, ends in "…"."""
    whole = measure(text)
    single = min(rule.size, stepped(width / whole)) if whole * rule.size > width + SLACK else rule.size
    least = rule.floor if rule.lines == 1 else max(rule.floor, rule.size * LITTLE)
    if single >= least - SLACK:
        return Fitted((text,), single, whole * single)
    size = rule.size
    while size >= rule.floor - SLACK:
        for lines in range(2, rule.lines + 1):
            if (found := _wrapped(measure, text, width / size, lines)) is not None:
                return Fitted(found, size, max(map(measure, found)) * size)
        size -= SIZE_STEP
    if single >= rule.floor - SLACK:
        return Fitted((text,), single, whole * single)
    if rule.keeps:
        return None
    found = _cut(measure, text, width / rule.floor, rule.lines)
    widest = max(map(measure, found)) * rule.floor
    cut = "".join(found).replace(" ", "") != text.replace(" ", "")
    return Fitted(found, rule.floor, widest, cut) if widest <= width + SLACK * rule.floor else None


def share(advances: Sequence[float], rules: Sequence[Rule], width: float) -> tuple[float, ...] | None:
    """Sizes for texts that stand side by side on one line and must all stay whole: they shrink together, in
    proportion, until they fit `width` or one reaches its floor, after which the others give. None: they do not fit."""
    sizes = [rule.size for rule in rules]
    if _total(advances, sizes) <= width + SLACK:
        return tuple(sizes)
    free = set(range(len(rules)))
    while free:
        held = sum(advances[index] * sizes[index] for index in range(len(rules)) if index not in free)
        wanted = sum(advances[index] * rules[index].size for index in free)
        factor = (width - held) / wanted if wanted > 0 else 1.0
        stuck = {index for index in free if stepped(rules[index].size * factor) < rules[index].floor}
        if not stuck:
            for index in free:
                sizes[index] = stepped(rules[index].size * factor)
            return tuple(sizes)
        for index in stuck:
            sizes[index] = rules[index].floor
        free -= stuck
    return tuple(sizes) if _total(advances, sizes) <= width + SLACK else None


def _total(advances: Sequence[float], sizes: Sequence[float]) -> float:
    return sum(advance * size for advance, size in zip(advances, sizes, strict=True))
