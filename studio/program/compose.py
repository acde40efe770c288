"""What is seen: the draw list of a canvas at a tick, a pure function of state. Layers by z, transitions, cards with
their motion, and the cover after all of it. Called by the engine's tick and, at preview size, by whoever shows a
preview."""

from __future__ import annotations

from studio.model.overlay import CardPart
from studio.model.scene import Place, Rect
from studio.model.show import Canvas, Source
from studio.model.time import clock_words
from studio.program.draw_list import Box, Crossfade, DrawList, Fill, Look, Operation, Picture, Sprite, Window, shifted
from studio.program.state import (
    MOTION_IN_SECONDS,
    MOTION_OUT_SECONDS,
    UNKNOWN_SOURCE,
    AiredCard,
    State,
    insert_source,
    is_gone,
    media_start,
    motion_ticks,
)

BLACK = (16, 128, 128)
COVER_GROUND = (28, 129, 127)
RISE_FRACTION = 40 / 1080
URGENT_SECONDS = 10
PHOTO_PREFIX = "photo:"


def compose(state: State, canvas: Canvas, tick: int) -> DrawList:
    """The program of `canvas` at `tick`, cards and cover included."""
    if state.cover is not None:
        operations = _cover(state, canvas)
    else:
        operations = (*_program(state, canvas, tick), *_cards(state, canvas, tick))
    return DrawList(canvas.width, canvas.height, tick, operations)


class Composer:
    """Composes one canvas tick after tick. While nothing moves, the operations of the tick before are the answer: the
    same state gives the same picture list, and only its tick differs. Owned by one thread."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._still: tuple[State, tuple[Operation, ...]] | None = None

    def at(self, state: State, tick: int) -> DrawList:
        """What `compose` gives, sooner."""
        if self._still is not None and self._still[0] is state:
            return DrawList(self._canvas.width, self._canvas.height, tick, self._still[1])
        composed = compose(state, self._canvas, tick)
        self._still = (state, composed.operations) if _is_still(state, self._canvas, tick) else None
        return composed


def _is_still(state: State, canvas: Canvas, tick: int) -> bool:
    """Whether every later tick of this very state looks as this one does: no transition, no card in motion, no running
    digits, no insert that waits at its first picture."""
    if state.cover is not None:
        return True
    transition, fps = state.transition, state.show.fps
    if transition is not None and tick < transition.first_tick + transition.ticks:
        return False
    if insert_source(state.show, state.program) is not None:
        return False
    for card in state.cards:
        if is_gone(card, tick, fps) or canvas.id not in card.drawn:
            continue
        is_moving = card.leaving_tick is not None or tick < card.since_tick + motion_ticks(MOTION_IN_SECONDS, fps)
        if is_moving or card.kind == "coupon":
            return False
    return True


def compose_preview(state: State, canvas: Canvas, tick: int) -> DrawList:
    """The preview bus of `canvas` at `tick`: the scene alone."""
    return DrawList(canvas.width, canvas.height, tick, _scene(state, canvas, state.preview, tick))


def _program(state: State, canvas: Canvas, tick: int) -> tuple[Operation, ...]:
    over = _scene(state, canvas, state.program, tick)
    transition = state.transition
    if transition is None or not transition.first_tick <= tick < transition.first_tick + transition.ticks:
        return over
    under = _scene(state, canvas, transition.from_scene, tick)
    progress = (tick - transition.first_tick + 1) / (transition.ticks + 1)
    if transition.kind == "fade":
        return (Crossfade(under, over, progress),)
    moved = _even(_eased(progress) * canvas.width)
    left, right = Box(0, 0, canvas.width - moved, canvas.height), Box(canvas.width - moved, 0, moved, canvas.height)
    return (Window(left, shifted(under, -moved, 0)), Window(right, over))


def _scene(state: State, canvas: Canvas, scene_id: str, tick: int) -> tuple[Operation, ...]:
    whole = Rect()
    operations: list[Operation] = [Fill(_box(whole, canvas), BLACK)]
    _layers(state, canvas, scene_id, tick, whole, 1.0, operations)
    return _without_hidden(operations, canvas)


def _layers(
    state: State, canvas: Canvas, scene_id: str, tick: int, within: Rect, alpha: float, operations: list[Operation]
) -> None:
    placed = [(layer, place) for layer in state.show.scene(scene_id).layers if (place := layer.place(canvas.id))]
    for layer, place in sorted(placed, key=lambda pair: pair[1].z):
        rect = _inside(place.rect, within)
        seen = place.alpha * alpha
        box = _box(rect, canvas)
        if seen <= 0 or box.width <= 0 or box.height <= 0:
            continue
        if layer.scene is not None:
            inner: list[Operation] = []
            _layers(state, canvas, layer.scene, tick, rect, seen, inner)
            operations.append(Window(box, shifted(inner, -box.x, -box.y)))
        elif layer.colour is not None:
            operations.append(Fill(box, colour_of(layer.colour), seen))
        elif layer.source is not None:
            shown = seen_instead(state, layer.source)
            look = _look(box, place) if shown == layer.source else Look(box.width, box.height)
            operations.append(Picture(box, shown, look, start_tick_of(state, shown, tick), seen))


def seen_instead(state: State, source_id: str) -> str:
    """The source that is shown in a layer of `source_id`: itself while it gives pictures, else the first of its backups
    that does, else its stand-by image, else the photo of the product that is being sold (`photo:PRODUCT`)."""
    wanted = next((source for source in state.show.sources if source.id == source_id), None)
    if wanted is None or not wanted.is_live or _gives_pictures(state, wanted):
        return source_id
    known = {source.id: source for source in state.show.sources}
    standby, passed = wanted.standby, {source_id}
    backup = wanted.backup
    while backup is not None and backup in known and backup not in passed:
        passed.add(backup)
        if _gives_pictures(state, known[backup]):
            return backup
        standby, backup = standby or known[backup].standby, known[backup].backup
    if standby is not None:
        return standby
    return photo_shown(state) or source_id


def _gives_pictures(state: State, source: Source) -> bool:
    known = state.sources.get(source.id, UNKNOWN_SOURCE)
    return not known.lost and (known.ready or not source.is_live)


def photo_shown(state: State) -> str:
    """`photo:PRODUCT` of the product whose card is on air, else of the first that has a photo; empty without any."""
    pictured = [product.id for product in state.show.products if product.picture]
    on_air = [card.subject for card in state.cards if card.kind == "product" and card.leaving_tick is None]
    chosen = next((product for product in reversed(on_air) if product in pictured), next(iter(pictured), None))
    return "" if chosen is None else f"{PHOTO_PREFIX}{chosen}"


def start_tick_of(state: State, source_id: str, tick: int) -> int:
    """When the source's media time was zero. An insert that is not on air waits at its first picture."""
    plays_once = any(source.id == source_id and source.play == "insert" for source in state.show.sources)
    is_on_air = state.insert is not None and state.insert.source == source_id
    if plays_once and not is_on_air and not is_leaving(state, source_id, tick):
        return tick
    return media_start(state, source_id)


def is_leaving(state: State, source_id: str, tick: int) -> bool:
    """Whether an insert that was left early is still seen in the transition away from it."""
    transition = state.transition
    if transition is None or tick >= transition.first_tick + transition.ticks:
        return False
    return insert_source(state.show, transition.from_scene) == source_id


def _without_hidden(operations: list[Operation], canvas: Canvas) -> tuple[Operation, ...]:
    """Leaves out what lies under the last operation that covers the whole canvas: it would be painted for nothing."""
    for position in range(len(operations) - 1, 0, -1):
        operation = operations[position]
        if isinstance(operation, Fill):
            covers = operation.alpha >= 1
        elif isinstance(operation, Picture):
            covers = operation.alpha >= 1 and operation.look.fit != "fit"
        else:
            covers = False
        if covers and isinstance(operation, (Fill, Picture)):
            box = operation.box
            if box.x <= 0 and box.y <= 0 and box.x + box.width >= canvas.width and box.y + box.height >= canvas.height:
                return tuple(operations[position:])
    return tuple(operations)


def _look(box: Box, place: Place) -> Look:
    return Look(box.width, box.height, place.fit, place.turn, place.mirror, place.crop)


def _cards(state: State, canvas: Canvas, tick: int) -> tuple[Operation, ...]:
    operations: list[Operation] = []
    for card in state.cards:
        if canvas.id in card.drawn and not is_gone(card, tick, state.show.fps):
            _card(state, canvas, card, tick, operations)
    return tuple(operations)


def _card(state: State, canvas: Canvas, card: AiredCard, tick: int, operations: list[Operation]) -> None:
    fps = state.show.fps
    drawn = card.drawn[canvas.id]
    entered = min(1.0, (tick - card.since_tick + 1) / motion_ticks(MOTION_IN_SECONDS, fps))
    shown = 1 - (1 - entered) ** 3
    rise = _even((1 - shown) * RISE_FRACTION * min(canvas.width, canvas.height))
    alpha = shown
    if card.leaving_tick is not None:
        alpha *= 1 - (tick - card.leaving_tick + 1) / (motion_ticks(MOTION_OUT_SECONDS, fps) + 1)
    operations.append(Sprite(drawn.x, drawn.y + rise, drawn.sprite, alpha))
    seconds_left = _seconds_left(state, card, tick)
    urgent = seconds_left is not None and seconds_left <= URGENT_SECONDS
    for part in drawn.parts:
        if part.when == "always" or part.when == ("urgent" if urgent else "calm"):
            text = clock_words(seconds_left or 0) if part.kind == "digits" else ""
            _part(part, drawn.x, drawn.y + rise, text, alpha, operations)


def _seconds_left(state: State, card: AiredCard, tick: int) -> int | None:
    """Whole seconds until the promise closes, rounded up: it reads 00:00 only once it is closed."""
    if card.kind != "coupon":
        return None
    for promise in state.coupons:
        if promise.coupon.id == card.subject:
            return -(-(promise.close_tick - tick) // state.show.fps)
    return 0


def _part(part: CardPart, x: int, y: int, text: str, alpha: float, operations: list[Operation]) -> None:
    if part.kind == "picture":
        operations.append(Sprite(x + part.x, y + part.y, part.glyphs[""], alpha))
        return
    widths = [part.pitches.get(letter, part.pitch) for letter in text]
    left = x + part.x - sum(widths) // 2
    for letter, width in zip(text, widths, strict=True):
        glyph = part.glyphs[letter]
        operations.append(Sprite(_even(left + (width - glyph.width) / 2), _even(y + part.y), glyph, alpha))
        left += width


def _cover(state: State, canvas: Canvas) -> tuple[Operation, ...]:
    assert state.cover is not None
    operations: list[Operation] = [Fill(Box(0, 0, canvas.width, canvas.height), COVER_GROUND)]
    drawn = state.cover.drawn.get(canvas.id)
    if drawn is not None:
        operations.append(Sprite(drawn.x, drawn.y, drawn.sprite))
    return tuple(operations)


def colour_of(text: str) -> tuple[int, int, int]:
    """`#RRGGBB` as BT.709 limited range Y, U, V, rounded (ITU-R BT.709-6)."""
    red, green, blue = (int(text[at : at + 2], 16) / 255 for at in (1, 3, 5))
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return (
        round(16 + 219 * luma),
        round(128 + 224 * (blue - luma) / 1.8556),
        round(128 + 224 * (red - luma) / 1.5748),
    )


def _inside(rect: Rect, within: Rect) -> Rect:
    return Rect(
        within.x + rect.x * within.width,
        within.y + rect.y * within.height,
        rect.width * within.width,
        rect.height * within.height,
    )


def _box(rect: Rect, canvas: Canvas) -> Box:
    left, top = _even(rect.x * canvas.width), _even(rect.y * canvas.height)
    right = _even((rect.x + rect.width) * canvas.width)
    bottom = _even((rect.y + rect.height) * canvas.height)
    return Box(left, top, right - left, bottom - top)


def _even(value: float) -> int:
    return round(value / 2) * 2


def _eased(progress: float) -> float:
    return progress * progress * (3 - 2 * progress)
