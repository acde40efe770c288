"""Reads templates and themes, which are data under assets/templates, and refuses a broken one in words before
anything is drawn with it: unknown fields, keys or colours, boxes outside the card. A template holds no code and no
expressions. Owned by the letters process; reading is pure apart from the files, any thread."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from studio import paths
from studio.model.sentence import Refusal
from studio.overlay.checks import Broken, Checked
from studio.overlay.design import (
    DESIGN_CANVAS,
    Anchor,
    Check,
    Column,
    Countdown,
    Design,
    Disc,
    Field,
    FieldKind,
    Node,
    Orientation,
    Picture,
    Row,
    Shadow,
    Shape,
    Template,
    Text,
    Weight,
)


class _Reader:
    """Turns the plain data of one file into a `Template`, checking names, colours and boxes on the way."""

    def __init__(self, name: str, colours: frozenset[str]) -> None:
        self.name = name
        self.colours = colours
        self.fields: dict[str, Field] = {}

    def read(self, data: object) -> Template:
        top = Checked(data, self.name)
        for name, one in top.table("fields").items():
            self.fields[name] = self.field(name, Checked(one, f"fields.{name}"))
        designs: dict[Orientation, Design] = {}
        for orientation in get_args(Orientation):
            designs[orientation] = self.design(top.part(orientation), DESIGN_CANVAS[orientation])
        top.finish()
        return Template(self.name, self.fields, designs)

    def field(self, name: str, data: Checked) -> Field:
        field = Field(
            name,
            data.choice("kind", FieldKind),
            data.text("ko"),
            data.text("en"),
            data.flag("optional"),
            data.text("default", ""),
        )
        data.finish()
        return field

    def design(self, data: Checked, canvas: tuple[int, int]) -> Design:
        x, y = data.numbers("at", 2)
        shape = self.shape(data.part("shape"))
        width = data.number("width", low=16)
        height = data.number("height", low=16) if data.has("height") else None
        least = data.number("min_height", 0.0)
        anchor = data.choice("anchor", Anchor, "top-left")
        content = self.node(data.part("content"))
        design = Design(x, y, anchor, width, height, least, shape, content, data.flag("hug"))
        data.finish()
        tall = height or least
        top = y - tall if design.anchor == "bottom-left" else y
        if x < 0 or top < 0 or x + width > canvas[0] or top + tall > canvas[1]:
            raise Broken(data.where, "the card lies outside its canvas")
        if shape.kind == "ticket" and not 0 < shape.tear < width:
            raise Broken(data.where, "the tear lies outside the card")
        narrowest = _narrowest(design.content)
        if narrowest > width:
            raise Broken(data.where, f"a box lies outside the card ({narrowest:g} > {width:g})")
        if height is not None and _lowest(design.content) > height:
            raise Broken(data.where, "a box lies below the card")
        return design

    def shape(self, data: Checked) -> Shape:
        shadow = None
        if data.has("shadow"):
            part = data.part("shadow")
            shadow = Shadow(part.number("down"), part.number("blur", low=0), part.number("opacity", low=0, high=1))
            part.finish()
        discs = []
        for one in data.parts("discs"):
            disc = Disc(
                one.number("x", low=-2, high=3),
                one.number("y", low=-2, high=3),
                one.number("radius", low=0, high=3),
                self.colour(one, "colour"),
                one.number("opacity", low=0, high=1),
                one.flag("sharp"),
            )
            one.finish()
            discs.append(disc)
        shape = Shape(
            kind=data.choice("kind", Literal["card", "ticket", "canvas"]),
            fill=self.colour(data, "fill"),
            opacity=data.number("opacity", 1.0, low=0, high=1),
            radius=data.number("radius", 0.0, low=0),
            shadow=shadow,
            bar=data.number("bar", 0.0, low=0),
            bar_colour=self.colour(data, "bar_colour", ""),
            tear=data.number("tear", 0.0, low=0),
            notch=data.number("notch", 0.0, low=0),
            dash=self.colour(data, "dash", ""),
            stub=self.colour(data, "stub", ""),
            stub_urgent=self.colour(data, "stub_urgent", ""),
            fill_end=self.colour(data, "fill_end", ""),
            discs=tuple(discs),
        )
        data.finish()
        return shape

    def colour(self, data: Checked, key: str, default: str | None = None) -> str:
        token = data.text(key, default)
        if token and token not in self.colours:
            raise Broken(data.where, f"no theme has the colour ‘{token}’")
        return token

    def shown(self, data: Checked, *kinds: FieldKind) -> str:
        name = data.text("field")
        if name not in self.fields:
            raise Broken(data.where, f"unknown field ‘{name}’")
        if self.fields[name].kind not in kinds:
            raise Broken(data.where, f"the field ‘{name}’ is of the wrong kind here")
        return name

    def node(self, data: Checked) -> Node:
        kind = data.choice("kind", Literal["text", "picture", "check", "countdown", "row", "column"])
        before = data.number("before") if data.has("before") else None
        node: Node
        if kind == "text":
            node = self.text(data, before)
        elif kind == "picture":
            field = self.shown(data, "picture")
            width, height = data.number("width", low=2), data.number("height", low=2)
            node = Picture(field, width, height, data.number("radius", 0.0, low=0), before)
        elif kind == "check":
            node = Check(data.number("size", low=4), self.colour(data, "colour"), before)
        elif kind == "countdown":
            size = data.number("size", low=4)
            node = Countdown(
                self.shown(data, "countdown"),
                size,
                data.number("line", low=size),
                data.choice("weight", Weight),
                self.colour(data, "colour"),
                self.colour(data, "urgent"),
                data.number("tracking", 0.0, low=-0.1, high=0.5),
                before,
            )
        else:
            node = self.box(data, kind, before)
        data.finish()
        return node

    def text(self, data: Checked, before: float | None) -> Text:
        field = self.shown(data, "name", "money", "percent", "wording", "count") if data.has("field") else ""
        words = "" if field else data.text("words")
        size = data.number("size", low=4)
        floor = data.number("floor", size, low=4)
        if floor > size:
            raise Broken(data.where, "the floor is above the size")
        return Text(
            size,
            floor,
            data.number("line", low=size * 0.8),
            data.choice("weight", Weight),
            self.colour(data, "colour"),
            field,
            words,
            int(data.number("lines", 1, low=1, high=6)),
            data.number("tracking", 0.0, low=-0.1, high=0.5),
            data.flag("strike"),
            self.colour(data, "urgent", ""),
            before,
        )

    def box(self, data: Checked, kind: Literal["row", "column"], before: float | None) -> Row | Column:
        children = tuple(self.node(one) for one in data.parts("children"))
        if not children:
            raise Broken(data.where, "an empty box")
        gap = data.number("gap", 0.0)
        top, right, bottom, left = data.numbers("padding", 4) if data.has("padding") else (0.0, 0.0, 0.0, 0.0)
        align = data.choice("align", Literal["start", "centre"], "start")
        if kind == "row":
            return Row(children, gap, (top, right, bottom, left), align, before)
        width = data.number("width", low=2) if data.has("width") else None
        edge = data.number("edge", 0.0, low=0)
        return Column(children, gap, (top, right, bottom, left), width, edge, align, before)


def _narrowest(node: Node) -> float:
    """The width that the fixed boxes of a node need at least."""
    if isinstance(node, Picture):
        return node.width
    if isinstance(node, Check):
        return node.size
    if isinstance(node, Row):
        gaps = sum(node.gap if one.before is None else one.before for one in node.children[1:])
        return node.padding[1] + node.padding[3] + gaps + sum(map(_narrowest, node.children))
    if isinstance(node, Column):
        inner = max(map(_narrowest, node.children)) + node.padding[1] + node.padding[3]
        return inner if node.width is None else max(inner, node.width)
    return 0.0


def _lowest(node: Node) -> float:
    """The height that a node needs with every optional value there and every text on one line."""
    if isinstance(node, Picture):
        return node.height
    if isinstance(node, Check):
        return node.size
    if isinstance(node, Text | Countdown):
        return node.line
    around = node.padding[0] + node.padding[2]
    if isinstance(node, Row):
        return around + max(map(_lowest, node.children))
    gaps = sum(node.gap if one.before is None else one.before for one in node.children[1:])
    return around + gaps + sum(map(_lowest, node.children))


def parse(name: str, data: object, colours: frozenset[str]) -> Template:
    """A template from the plain data of its file. Raises `Refusal` with what is broken and where."""
    try:
        return _Reader(name, colours).read(data)
    except Broken as broken:
        raise Refusal(
            f"자막 템플릿 ‘{name}’이(가) 잘못되어 쓰지 않았어요: {broken}. 템플릿 파일을 고치거나 다시 설치해 주세요.",
            f"The template ‘{name}’ is broken and was not used: {broken}. Please mend the file or install again.",
            "template_broken",
        ) from broken


@cache
def themes() -> Mapping[str, Mapping[str, str]]:
    """Every theme: its name and its colours by token. All themes have the same tokens."""
    data: dict[str, dict[str, Any]] = _load("themes")
    found = {name: {token: str(value) for token, value in one["colours"].items()} for name, one in data.items()}
    tokens = {frozenset(one) for one in found.values()}
    values = [value for one in found.values() for value in one.values()]
    if len(tokens) != 1 or not all(re.fullmatch(r"#[0-9A-Fa-f]{6}", value) for value in values):
        raise Refusal(
            "테마 파일이 잘못되어 쓰지 않았어요. 프로그램을 다시 설치해 주세요.",
            "The themes file is broken: every theme needs the same tokens, each a colour #RRGGBB.",
            "theme_broken",
        )
    return found


@cache
def template(name: str) -> Template:
    """The template of that name. Raises `Refusal` when there is none or its file is broken."""
    if not re.fullmatch(r"[a-z]+(-[a-z]+)*", name) or name == "themes" or not _path(name).is_file():
        raise Refusal(
            f"‘{name}’이라는 자막 템플릿이 없어요. 목록에 있는 것을 골라 주세요.",
            f"There is no template ‘{name}’. Please choose one from the list.",
            "unknown_template",
        )
    tokens = frozenset(next(iter(themes().values())))
    return parse(name, _load(name), tokens)


def template_names() -> tuple[str, ...]:
    """Names of all templates there are."""
    folder = paths.assets() / "templates"
    return tuple(sorted(path.stem for path in folder.glob("*.json") if path.stem != "themes"))


def _path(name: str) -> Path:
    return paths.assets() / "templates" / f"{name}.json"


def _load(name: str) -> Any:
    try:
        return json.loads(_path(name).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Refusal(
            f"템플릿 파일 {name}.json을 읽을 수 없어요. 프로그램을 다시 설치해 주세요.",
            f"The template file {name}.json cannot be read. Please install the program again.",
            "template_broken",
        ) from error
