"""The nouns of a template: fields, a tree of rows, columns, texts and pictures, and the shape under it. All lengths are
pixels of the design canvas (1080×1920 or 1920×1080), all colours tokens of a theme. Owned by the room `overlay`; pure,
any thread."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

FieldKind = Literal["name", "money", "percent", "wording", "picture", "countdown", "count"]
Weight = Literal["regular", "semibold", "heavy"]
Anchor = Literal["top-left", "bottom-left"]
Orientation = Literal["portrait", "landscape"]
DESIGN_CANVAS: dict[Orientation, tuple[int, int]] = {"portrait": (1080, 1920), "landscape": (1920, 1080)}


@dataclass(frozen=True)
class Field:
    """One value a template takes. Only a name may lose glyphs. `default` stands in for an empty value."""

    name: str
    kind: FieldKind
    ko: str
    en: str
    optional: bool = False
    default: str = ""


@dataclass(frozen=True)
class Text:
    """A line (or up to `lines`) of a field's value or of fixed `words`. `line` is the height of one line."""

    size: float
    floor: float
    line: float
    weight: Weight
    colour: str
    field: str = ""
    words: str = ""
    lines: int = 1
    tracking: float = 0.0
    strike: bool = False
    urgent: str = ""
    before: float | None = None


@dataclass(frozen=True)
class Picture:
    """A box that a picture fills, its centre kept. Without a picture the box is gone. `bleed` reaches to the card's
    edges and is cut by its outline."""

    field: str
    width: float
    height: float
    radius: float = 0.0
    before: float | None = None


@dataclass(frozen=True)
class Check:
    """A check mark."""

    size: float
    colour: str
    before: float | None = None


@dataclass(frozen=True)
class Countdown:
    """Room for the digits of a countdown, `glyphs` characters wide; drawn as a moving part."""

    field: str
    size: float
    line: float
    weight: Weight
    colour: str
    urgent: str
    tracking: float = 0.0
    before: float | None = None


@dataclass(frozen=True)
class Row:
    """Children from left to right. Texts share one base line and shrink together; the last column takes the rest."""

    children: tuple[Node, ...]
    gap: float = 0.0
    padding: tuple[float, float, float, float] = (0, 0, 0, 0)
    align: Literal["start", "centre"] = "start"
    before: float | None = None


@dataclass(frozen=True)
class Column:
    """Children from top to bottom. `edge` is the left inset when nothing visible stands to its left."""

    children: tuple[Node, ...]
    gap: float = 0.0
    padding: tuple[float, float, float, float] = (0, 0, 0, 0)
    width: float | None = None
    edge: float = 0.0
    align: Literal["start", "centre"] = "start"
    before: float | None = None


Node = Text | Picture | Check | Countdown | Row | Column


@dataclass(frozen=True)
class Shadow:
    """A soft shadow, as in a style sheet: down by `down`, blurred by `blur` (twice the standard deviation)."""

    down: float
    blur: float
    opacity: float


@dataclass(frozen=True)
class Disc:
    """A round light on a slate, in fractions of the canvas: centre, radius (of its longer side). It fades towards its
    edge, or is `sharp`."""

    x: float
    y: float
    radius: float
    colour: str
    opacity: float
    sharp: bool = False


@dataclass(frozen=True)
class Shape:
    """What lies under the content. `card` is a rounded box, with a `bar` at its left or not; `ticket` has notches and
    a dashed tear, right of which is the stub; `canvas` fills everything with a gradient and discs."""

    kind: Literal["card", "ticket", "canvas"]
    fill: str
    opacity: float = 1.0
    radius: float = 0.0
    shadow: Shadow | None = None
    bar: float = 0.0
    bar_colour: str = ""
    tear: float = 0.0
    notch: float = 0.0
    dash: str = ""
    stub: str = ""
    stub_urgent: str = ""
    fill_end: str = ""
    discs: tuple[Disc, ...] = ()


@dataclass(frozen=True)
class Design:
    """One template for one orientation. `height` None means: as high as the content, but not under `min_height`; `hug`
    means: only as wide as the content, up to `width`."""

    x: float
    y: float
    anchor: Anchor
    width: float
    height: float | None
    min_height: float
    shape: Shape
    content: Node
    hug: bool = False


@dataclass(frozen=True)
class Template:
    """A drawable design: its fields and its designs."""

    name: str
    fields: Mapping[str, Field]
    designs: Mapping[Orientation, Design]


def nodes(node: Node) -> Iterator[Node]:
    """The node and everything in it, top to bottom."""
    yield node
    if isinstance(node, Row | Column):
        for child in node.children:
            yield from nodes(child)


def fields_of(node: Node) -> frozenset[str]:
    """Names of the fields shown by the node."""
    shown = (one for one in nodes(node) if isinstance(one, Text | Picture | Countdown))
    return frozenset(one.field for one in shown if one.field)
