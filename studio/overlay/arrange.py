"""Arranges a template's tree for given values: what is shown, where it stands and at which size, in design pixels.
Empty optional values leave no hole: their boxes and rows vanish and the rest closes up. Refuses what does not fit
(house law 7), naming the field and the text. Owned by the letters process; its main thread only (it shapes
text)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from studio.model.sentence import Refusal
from studio.overlay.design import (
    Check,
    Column,
    Countdown,
    Design,
    Field,
    Node,
    Picture,
    Row,
    Template,
    Text,
    fields_of,
)
from studio.overlay.fonts import Shaped, capital_height, shape
from studio.overlay.layout import Fitted, Measure, Rule, fit, share


@dataclass(frozen=True)
class PlacedText:
    """One line of text: its start on the base line, its size, and the node it comes from."""

    x: float
    base: float
    size: float
    shaped: Shaped
    node: Text


@dataclass(frozen=True)
class PlacedBox:
    """A picture, a check mark or the room for a countdown, by its top left corner."""

    x: float
    y: float
    width: float
    height: float
    node: Picture | Check | Countdown


Placed = PlacedText | PlacedBox


@dataclass(frozen=True)
class Block:
    """Something arranged, from (0, 0): its size and what stands in it."""

    width: float
    height: float
    placed: tuple[Placed, ...] = ()

    def moved(self, x: float, y: float) -> tuple[Placed, ...]:
        """What stands in it when its corner is put at (x, y)."""
        return tuple(
            replace(one, x=one.x + x, base=one.base + y)
            if isinstance(one, PlacedText)
            else replace(one, x=one.x + x, y=one.y + y)
            for one in self.placed
        )


def measure_for(node: Text) -> Measure:
    """Widths in ems of texts drawn as this node."""
    return lambda text: shape(text, node.weight, node.tracking).advance


def base_line(line: float, size: float, node: Text | Countdown) -> float:
    """Where the base line stands in a line so that capitals, digits and Hangul are centred optically."""
    return line / 2 + size * capital_height(node.weight) / 2


def does_not_fit(field: Field | None, text: str) -> Refusal:
    """The refusal for a text that would have to lose glyphs."""
    ko, en = (field.ko, field.en) if field else ("고정 문구", "fixed wording")
    return Refusal(
        f"‘{ko}’의 글이 길어서 자막에 다 들어가지 않아요: “{text}”. 잘린 채로 내보내지 않으려고 그리지 않았어요. "
        "더 짧게 적어 주세요.",
        f"The {en} is too long for the card: “{text}”. It was not drawn, because it would have been cut. "
        "Please make it shorter.",
        "does_not_fit",
    )


def too_high(fields: Mapping[str, Field], values: Mapping[str, str]) -> Refusal:
    """The refusal for a card whose content outgrows its place: it names the longest text."""
    texts = [name for name, value in values.items() if value and fields[name].kind != "picture"]
    longest = max(texts, key=lambda name: len(values[name]))
    return does_not_fit(fields[longest], values[longest])


class Arrangement:
    """Arranges one design for one set of values. Values are already tidy; a picture is shown where its value is set."""

    def __init__(self, template: Template, values: Mapping[str, str]) -> None:
        self._fields = template.fields
        self._values = values

    def arrange(self, design: Design) -> Block:
        """The whole card: content in the middle of its height, in design pixels from the card's corner."""
        content = self._lay(design.content, design.width, False)
        height = design.height or max(design.min_height, content.height)
        if content.height > height + 0.01:
            raise too_high(self._fields, self._values)
        width = min(design.width, content.width) if design.hug else design.width
        return Block(width, height, content.moved(0.0, (height - content.height) / 2))

    def _visible(self, node: Node) -> bool:
        if isinstance(node, Text | Picture):
            return not node.field or bool(self._values.get(node.field))
        if isinstance(node, Row | Column):
            wanted = fields_of(node)
            filled = not wanted or any(self._shown(field) for field in wanted)
            return filled and any(map(self._visible, node.children))
        return True

    def _shown(self, field: str) -> bool:
        return self._fields[field].kind == "countdown" or bool(self._values.get(field))

    def _lay(self, node: Node, width: float, centred: bool) -> Block:
        if isinstance(node, Text):
            return self._lay_text(node, width, centred)
        if isinstance(node, Row):
            return self._lay_row(node, width)
        if isinstance(node, Column):
            return self._lay_column(node, width)
        if isinstance(node, Picture):
            return Block(node.width, node.height, (PlacedBox(0, 0, node.width, node.height, node),))
        if isinstance(node, Check):
            return Block(node.size, node.size, (PlacedBox(0, 0, node.size, node.size, node),))
        return Block(width, node.line, (PlacedBox(0, 0, width, node.line, node),))

    def _text(self, node: Text) -> str:
        return self._values[node.field] if node.field else node.words

    def _rule(self, node: Text) -> Rule:
        keeps = not node.field or self._fields[node.field].kind != "name"
        return Rule(node.size, node.floor, node.lines, keeps)

    def _fit(self, node: Text, width: float) -> Fitted:
        fitted = fit(measure_for(node), self._text(node), width, self._rule(node))
        if fitted is None:
            raise does_not_fit(self._fields.get(node.field), self._text(node))
        return fitted

    def _lay_text(self, node: Text, width: float, centred: bool) -> Block:
        fitted = self._fit(node, width)
        placed = []
        for index, line in enumerate(fitted.lines):
            shaped = shape(line, node.weight, node.tracking)
            x = (fitted.width - shaped.advance * fitted.size) / 2 if centred else -shaped.lead * fitted.size
            base = index * node.line + base_line(node.line, fitted.size, node)
            placed.append(PlacedText(x, base, fitted.size, shaped, node))
        return Block(fitted.width, node.line * len(fitted.lines), tuple(placed))

    def _lay_column(self, node: Column, width: float) -> Block:
        top, right, bottom, left = node.padding
        width = node.width or width
        inner = width - left - right
        placed: list[Placed] = []
        y = top
        first = True
        widest = 0.0
        for child in filter(self._visible, node.children):
            if not first:
                y += node.gap if child.before is None else child.before
            first = False
            block = self._lay(child, inner, node.align == "centre")
            x = left + ((inner - block.width) / 2 if node.align == "centre" else 0.0)
            placed.extend(block.moved(x, y))
            widest = max(widest, block.width)
            y += block.height
        whole = bool(node.width) or node.align == "centre"
        return Block(width if whole else left + widest + right, y + bottom, tuple(placed))

    def _lay_row(self, node: Row, width: float) -> Block:
        """Fixed boxes first, then texts that must stay whole, then what may give: a name, a column."""
        children = [child for child in node.children if self._visible(child)]
        gaps = [0.0] + [node.gap if one.before is None else one.before for one in children[1:]]
        room = width - node.padding[1] - node.padding[3] - sum(gaps)
        texts = [child for child in children if isinstance(child, Text)]
        lay: dict[int, Callable[[float], Block]] = {}
        blocks: dict[int, Block] = {}
        for index, child in enumerate(children):
            if isinstance(child, Picture | Check) or (isinstance(child, Column) and child.width):
                blocks[index] = self._lay(child, 0.0, False)
                room -= blocks[index].width
            elif isinstance(child, Text) and len(texts) > 1 and self._rule(child).keeps:
                continue
            elif isinstance(child, Column) and index == 0 and child is not node.children[0]:
                lay[index] = partial(self._lay_inset, child)
            else:
                lay[index] = partial(self._lay, child, centred=False)
        whole = [index for index, child in enumerate(children) if index not in blocks and index not in lay]
        for index, block in zip(whole, self._share(whole, children, room), strict=True):
            blocks[index] = block
            room -= block.width
        for index, laid in lay.items():
            blocks[index] = laid(max(0.0, room) / len(lay))
        return self._join(node, [blocks[index] for index in range(len(children))], gaps, children)

    def _lay_inset(self, node: Column, width: float) -> Block:
        inset = replace(node, padding=(node.padding[0], node.padding[1], node.padding[2], node.padding[3] + node.edge))
        return self._lay(inset, width, False)

    def _share(self, whole: Sequence[int], children: Sequence[Node], room: float) -> list[Block]:
        """Single lines side by side, shrunk together."""
        texts = [one for one in (children[index] for index in whole) if isinstance(one, Text)]
        shaped = [shape(self._text(one), one.weight, one.tracking) for one in texts]
        sizes = share([one.advance for one in shaped], [self._rule(one) for one in texts], room)
        if sizes is None:
            longest = max(range(len(texts)), key=lambda index: shaped[index].advance * texts[index].floor)
            raise does_not_fit(self._fields.get(texts[longest].field), self._text(texts[longest]))
        lines = [
            PlacedText(0.0, base_line(node.line, size, node), size, line, node)
            for node, line, size in zip(texts, shaped, sizes, strict=True)
        ]
        return [Block(line.shaped.advance * line.size, line.node.line, (line,)) for line in lines]

    def _join(self, node: Row, blocks: Sequence[Block], gaps: Sequence[float], children: Sequence[Node]) -> Block:
        top, right, bottom, left = node.padding
        height = max(block.height for block in blocks)
        bases = [_base_of(block) for block in blocks]
        base = max((one for one in bases if one is not None), default=0.0)
        first_line = max((child.line for child in children if isinstance(child, Text)), default=height)
        placed: list[Placed] = []
        x = left
        for block, own, gap, child in zip(blocks, bases, gaps, children, strict=True):
            x += gap
            if own is not None:
                y = base - own
                x -= _lead_of(block) if child is children[0] else 0.0
            elif isinstance(child, Check):
                y = (first_line - block.height) / 2
            else:
                y = (height - block.height) / 2 if node.align == "centre" else 0.0
            placed.extend(block.moved(x, top + y))
            x += block.width
        return Block(x + right, top + height + bottom, tuple(placed))


def _lead_of(block: Block) -> float:
    """How far the first line of a row moves left so that its ink, not its cell, starts at the edge."""
    only = block.placed[0]
    return only.x + only.shaped.lead * only.size if isinstance(only, PlacedText) else 0.0


def _base_of(block: Block) -> float | None:
    """The base line of a block that is one line of text."""
    only = block.placed[0] if len(block.placed) == 1 else None
    return only.base if isinstance(only, PlacedText) else None
