"""The one door of the room: a request in, a finished card with all its sprites out, or a refusal in words. Chooses the
design for the canvas, lays it out in design pixels and only then scales, so that a small canvas never refuses what a
large one shows. The same request gives the same bytes. Owned by the letters process; its main thread only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from studio.model.overlay import CardPart, DrawnCard, DrawRequest, SpriteRef
from studio.model.sentence import Refusal
from studio.overlay.arrange import Arrangement, Block, PlacedBox, too_high
from studio.overlay.design import DESIGN_CANVAS, Countdown, Design, Orientation, Shape, Template
from studio.overlay.fonts import capital_height, faces, shape
from studio.overlay.paint import Frame, Paint, paint_card, paint_glyph
from studio.overlay.picture import read_picture
from studio.overlay.sprite import Bounds, Pixels, cropped, even_bounds, even_near, even_up, sprite
from studio.overlay.template import template, themes
from studio.overlay.values import checked_values

DIGITS = "0123456789:"
SMALLEST_CANVAS = 64
LARGEST_CANVAS = 7680


@dataclass(frozen=True)
class Drawing:
    """A drawn card and the bytes of every sprite it names, by hash."""

    card: DrawnCard
    sprites: Mapping[str, bytes]


def draw(request: DrawRequest) -> Drawing:
    """Draws one card. Raises `Refusal`; nothing is kept between calls but fonts, shapes and templates."""
    _check_canvas(request)
    faces()
    chosen = template(request.template)
    colours = themes().get(request.theme)
    if colours is None:
        raise Refusal(
            f"‘{request.theme}’이라는 테마가 없어요. 목록에 있는 것을 골라 주세요.",
            f"There is no theme ‘{request.theme}’. Please choose one from the list.",
            "unknown_theme",
        )
    values = checked_values(chosen, request.values)
    pictures = {
        name: read_picture(value) for name, value in values.items() if value and chosen.fields[name].kind == "picture"
    }
    return _Card(request, chosen, values, Paint(colours, pictures)).drawing()


def _check_canvas(request: DrawRequest) -> None:
    sides = (request.canvas_width, request.canvas_height)
    if any(side % 2 or not SMALLEST_CANVAS <= side <= LARGEST_CANVAS for side in sides):
        raise Refusal(
            f"화면 크기 {sides[0]}×{sides[1]}에는 자막을 그릴 수 없어요. 짝수 크기로 바꿔 주세요.",
            f"No card can be drawn for a canvas of {sides[0]}×{sides[1]}. Please use even sizes from "
            f"{SMALLEST_CANVAS} to {LARGEST_CANVAS}.",
            "canvas_size",
        )


class _Card:
    """One card on its way from values to sprites."""

    def __init__(self, request: DrawRequest, chosen: Template, values: Mapping[str, str], paint: Paint) -> None:
        self.canvas = (request.canvas_width, request.canvas_height)
        orientation: Orientation = "portrait" if self.canvas[1] > self.canvas[0] else "landscape"
        self.space = DESIGN_CANVAS[orientation]
        self.scale = min(self.canvas[0] / self.space[0], self.canvas[1] / self.space[1])
        self.design: Design = chosen.designs[orientation]
        self.paint = paint
        self.block: Block = Arrangement(chosen, values).arrange(self.design)
        self.sprites: dict[str, bytes] = {}
        self._check_place(chosen, values)

    @property
    def shape(self) -> Shape:
        return self.design.shape

    def _top(self) -> float:
        return self.design.y - (self.block.height if self.design.anchor == "bottom-left" else 0.0)

    def _check_place(self, chosen: Template, values: Mapping[str, str]) -> None:
        """A card as high as its content may outgrow the canvas."""
        if self._top() < 0 or self._top() + self.block.height > self.space[1]:
            raise too_high(chosen.fields, values)

    def drawing(self) -> Drawing:
        frame, x, y = self._frame()
        pixels = paint_card(self.shape, self.block, frame, self.paint)
        bounds = self._on_canvas(even_bounds(pixels), x, y)
        still = self._keep(cropped(pixels, bounds))
        parts = self._parts(frame, bounds)
        return Drawing(DrawnCard(still, x + bounds.x, y + bounds.y, parts), self.sprites)

    def _frame(self) -> tuple[Frame, int, int]:
        """The picture to paint into and where its corner stands on the canvas (even, may be outside)."""
        spare = [(self.canvas[side] - self.space[side] * self.scale) / 2 for side in (0, 1)]
        width, height = self.block.width * self.scale, self.block.height * self.scale
        if self.shape.kind == "canvas":
            corner = (spare[0] + self.design.x * self.scale, spare[1] + self.design.y * self.scale)
            return Frame(*self.canvas, *corner, self.scale), 0, 0
        left = even_near(spare[0] + self.design.x * self.scale)
        top = even_near(spare[1] + self._top() * self.scale)
        reach = down = 0
        if self.shape.shadow is not None:
            reach = even_up(self.shape.shadow.blur * 1.5 * self.scale)
            down = even_up(self.shape.shadow.down * self.scale)
        frame = Frame(even_up(width) + 2 * reach, even_up(height) + 2 * reach + down, reach, reach, self.scale)
        return frame, left - reach, top - reach

    def _on_canvas(self, bounds: Bounds, x: int, y: int) -> Bounds:
        left, top = max(bounds.x, -x), max(bounds.y, -y)
        right = min(bounds.x + bounds.width, self.canvas[0] - x)
        bottom = min(bounds.y + bounds.height, self.canvas[1] - y)
        return Bounds(left, top, right - left, bottom - top)

    def _keep(self, pixels: Pixels) -> SpriteRef:
        ref, data = sprite(pixels)
        self.sprites[ref.sha256] = data
        return ref

    def _parts(self, frame: Frame, bounds: Bounds) -> tuple[CardPart, ...]:
        parts: list[CardPart] = []
        for box in self.block.placed:
            if isinstance(box, PlacedBox) and isinstance(box.node, Countdown):
                parts.append(self._digits(box, box.node, frame, bounds, False))
                parts.append(self._digits(box, box.node, frame, bounds, True))
        if parts and self.shape.stub_urgent:
            parts.insert(0, self._urgent_stub(frame, bounds))
        return tuple(parts)

    def _urgent_stub(self, frame: Frame, bounds: Bounds) -> CardPart:
        """The stub painted again in its urgent colours, to lie exactly over the calm one."""
        urgent = Paint(self.paint.colours, self.paint.pictures, True)
        pixels = paint_card(self.shape, self.block, frame, urgent, shadow=False)
        cut = even_up(frame.left + self.shape.tear * frame.scale)
        pixels[:, :cut] = 0
        where = even_bounds(pixels)
        ref = self._keep(cropped(pixels, where))
        return CardPart("stub", "picture", where.x - bounds.x, where.y - bounds.y, "urgent", glyphs={"": ref})

    def _digits(self, box: PlacedBox, node: Countdown, frame: Frame, bounds: Bounds, urgent: bool) -> CardPart:
        unit = node.size * frame.scale
        height = even_up(unit * capital_height(node.weight) + 4)
        colour = Paint(self.paint.colours, {}, urgent).colour(node.colour, node.urgent)
        glyphs: dict[str, SpriteRef] = {}
        pitches: dict[str, int] = {}
        for character in DIGITS:
            shaped = shape(character, node.weight)
            width = even_up((shaped.advance + node.tracking) * unit - 0.25)
            glyphs[character] = self._keep(paint_glyph(shaped, node, frame.scale, width, height, colour))
            pitches[character] = width
        x = even_near(frame.left + (box.x + box.width / 2) * frame.scale) - bounds.x
        y = even_near(frame.top + (box.y + box.height / 2) * frame.scale - height / 2) - bounds.y
        pitch = pitches.pop("0")
        narrower = {character: width for character, width in pitches.items() if width != pitch}
        return CardPart(node.field, "digits", x, y, "urgent" if urgent else "calm", pitch, glyphs, narrower)
