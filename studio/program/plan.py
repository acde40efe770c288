"""Whether a plan can be aired: references, cycles, sizes and rates of a show, checked before a run and at every plan
edit. Each finding is a refusal that names the place and the remedy (B29, B30, B43). Pure, any thread."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from urllib.parse import SplitResult, urlsplit

from studio.model.address import split_address
from studio.model.commerce import CURRENCY_DECIMALS, Coupon, Product
from studio.model.scene import Crop, Layer, Place, Scene
from studio.model.sentence import Refusal
from studio.model.show import LIVE_SCHEMES, Canvas, Destination, Show, Source
from studio.model.show_file import check_schema
from studio.model.time import RATES
from studio.program.state import insert_source

SCHEMES = ("file", "image", "pattern", *LIVE_SCHEMES)
MAX_DELAY_MS = 2_000
MAX_SOURCES = 200
MAX_SCENES = 500
MAX_CANVASES = 8
MAX_SCENE_DEPTH = 8
MAX_LAYERS = 200
MAX_COUPON_SECONDS = 24 * 3600.0
MIN_SIDE = 64
MAX_SIDE = 4096
MAX_PIXELS = 3840 * 2160
IDENTITY = re.compile(r"[A-Za-z0-9가-힣_.-]{1,64}")
LISTEN = re.compile(
    r"(102[4-9]|10[3-9]\d|1[1-9]\d\d|[2-9]\d{3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5])"
    r"/[A-Za-z0-9_-]{1,64}"
)
COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")


def check_show(show: Show) -> None:
    """Refusal where the show cannot be aired."""
    check_schema(show.schema)
    if not show.canvases or not show.scenes:
        raise _bad("화면이나 장면이 하나도 없어요", "there is no canvas or no scene")
    if len(show.canvases) > MAX_CANVASES:
        raise _bad(f"화면은 {MAX_CANVASES}개까지예요", f"there are over {MAX_CANVASES} canvases")
    if len(show.sources) > MAX_SOURCES or len(show.scenes) > MAX_SCENES:
        raise _bad(
            f"소스는 {MAX_SOURCES}개, 장면은 {MAX_SCENES}개까지예요",
            f"there are over {MAX_SOURCES} sources or {MAX_SCENES} scenes",
        )
    for kind in ("canvases", "sources", "scenes", "products", "coupons"):
        _check_identities(kind, [thing.id for thing in getattr(show, kind)])
    _check_identity("show", show.id)
    for canvas in show.canvases:
        check_canvas(canvas)
    if len({canvas.fps for canvas in show.canvases}) > 1:
        raise _bad("모든 화면의 초당 프레임 수가 같아야 해요", "its canvases have different frame rates")
    for source in show.sources:
        check_source(source)
        _check_substitutes(show, source)
    for scene in show.scenes:
        _check_layers(show, scene)
    _check_nesting({scene.id: scene for scene in show.scenes})
    if show.opening is not None and all(scene.id != show.opening for scene in show.scenes):
        raise _bad(f"시작 장면 {show.opening[:60]}이(가) 없어요", f"it opens with an unknown scene {show.opening[:60]}")
    opening_insert = insert_source(show, show.opening_scene)
    if opening_insert is not None:
        raise _bad(
            f"시작 장면에 한 번만 재생하는 영상({opening_insert})이 있어요. 돌아갈 장면이 없어요",
            f"it opens with the insert {opening_insert}, which has no scene to return to",
        )
    for product in show.products:
        check_product(product)
    for coupon in show.coupons:
        check_coupon_plan(coupon)
    _check_destinations(show)


def check_canvas(canvas: Canvas) -> None:
    """Refusal for a size or rate no encoder here takes."""
    if canvas.fps not in RATES:
        rates = ", ".join(map(str, RATES))
        raise _bad(
            f"화면 {canvas.id}: 초당 {canvas.fps}프레임은 쓸 수 없어요. 쓸 수 있는 값: {rates}",
            f"canvas {canvas.id}: {canvas.fps} frames per second; allowed: {rates}",
        )
    sides = (canvas.width, canvas.height)
    if min(sides) < MIN_SIDE or max(sides) > MAX_SIDE or canvas.width * canvas.height > MAX_PIXELS:
        raise _bad(
            f"화면 {canvas.id}: {canvas.width}×{canvas.height} 크기는 쓸 수 없어요 ({MIN_SIDE}–{MAX_SIDE})",
            f"canvas {canvas.id}: size {canvas.width}×{canvas.height} outside {MIN_SIDE}–{MAX_SIDE}",
        )
    if canvas.width % 2 or canvas.height % 2:
        raise _bad(
            f"화면 {canvas.id}: 가로와 세로는 짝수여야 해요 ({canvas.width}×{canvas.height})",
            f"canvas {canvas.id}: width and height must be even ({canvas.width}×{canvas.height})",
        )


def check_source(source: Source) -> None:
    """Refusal for an unknown kind of source or an impossible gain."""
    _check_identity("sources", source.id)
    if source.scheme not in SCHEMES or ":" not in source.url:
        kinds = ", ".join(f"{scheme}:" for scheme in SCHEMES)
        raise _bad(
            f"소스 {source.id}: 모르는 종류 {source.url[:40]}. 쓸 수 있는 종류: {kinds}",
            f"source {source.id}: unknown kind {source.url[:40]}; known: {kinds}",
        )
    if source.scheme in ("file", "image") and not source.address:
        raise _bad(f"소스 {source.id}: 파일 이름이 없어요", f"source {source.id}: no file name")
    if source.is_live:
        _check_live(source)
    elif source.delay_ms or source.backup or source.standby:
        raise _bad(
            f"소스 {source.id}: 지연·예비·대기 그림은 카메라 같은 실시간 소스에만 써요",
            f"source {source.id}: delay, backup and standby are for live sources",
        )
    if source.play == "insert" and source.scheme != "file":
        raise _bad(f"소스 {source.id}: 삽입은 영상 파일만 돼요", f"source {source.id}: only files can be inserts")
    if not -60 <= source.gain_db <= 12:
        raise _bad(f"소스 {source.id}: 소리 크기는 −60–12 dB", f"source {source.id}: gain outside −60–12 dB")


def _check_live(source: Source) -> None:
    if source.scheme in ("rtsp", "rtmp"):
        parts = _address_parts(source)
        if not parts.hostname:
            raise _bad(f"소스 {source.id}: 서버 주소가 없어요", f"source {source.id}: no server")
    if source.scheme == "listen" and not LISTEN.fullmatch(source.address):
        raise _bad(
            f"소스 {source.id}: listen:포트/이름처럼 적어 주세요. 포트는 1024–65535",
            f"source {source.id}: written like listen:PORT/NAME, with a port of 1024–65535",
        )
    if source.scheme in ("camera", "mic") and not source.address:
        raise _bad(
            f"소스 {source.id}: 어느 장치인지 적어 주세요. 목록은 jangteo devices",
            f"source {source.id}: name the device; jangteo devices lists them",
        )
    if "://" in source.url and "@" in _address_parts(source).netloc:
        raise _bad(
            f"소스 {source.id}: 주소에 사용자 이름이나 비밀번호가 있어요. 방송 파일에는 적지 않아요",
            f"source {source.id}: a name or password stands in its address, which no show file may hold",
        )
    if not 0 <= source.delay_ms <= MAX_DELAY_MS:
        raise _bad(
            f"소스 {source.id}: 지연은 0–{MAX_DELAY_MS} ms", f"source {source.id}: a delay outside 0–{MAX_DELAY_MS} ms"
        )


def _address_parts(source: Source) -> SplitResult:
    """The network address in a URL, which a camera has behind its own scheme."""
    text = source.address if source.scheme == "camera" else source.url
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise _bad(
            f"소스 {source.id}: 주소를 읽을 수 없어요", f"source {source.id}: its address cannot be read"
        ) from None
    return parts


def _check_substitutes(show: Show, source: Source) -> None:
    others = {other.id: other for other in show.sources if other.id != source.id}
    if source.backup is not None and source.backup not in others:
        raise _bad(
            f"소스 {source.id}: 예비 소스 {source.backup[:60]}이(가) 없어요", f"source {source.id}: unknown backup"
        )
    standby = others.get(source.standby or "")
    if source.standby is not None and (standby is None or standby.scheme not in ("image", "pattern")):
        raise _bad(
            f"소스 {source.id}: 대기 그림은 그림 소스의 이름이어야 해요",
            f"source {source.id}: its standby is no image source",
        )


def check_put_source(show: Show, source: Source) -> None:
    """Refusal for a source that cannot be added to the show, or put in the place of the one of the same id."""
    check_source(source)
    _check_substitutes(show, source)
    known = {item.id for item in show.sources}
    if source.id not in known and len(known) >= MAX_SOURCES:
        raise _bad(f"소스는 {MAX_SOURCES}개까지예요", f"there are over {MAX_SOURCES} sources")


def check_scene(show: Show, scene: Scene) -> None:
    """Refusal for unknown sources, unknown or cyclic scenes, and impossible places."""
    _check_identity("scenes", scene.id)
    scenes = {item.id: item for item in show.scenes} | {scene.id: scene}
    if len(scenes) > MAX_SCENES:
        raise _bad(f"장면은 {MAX_SCENES}개까지예요", f"there are over {MAX_SCENES} scenes")
    _check_layers(show, scene)
    _check_nesting(scenes)


def check_product(product: Product) -> None:
    """Refusal for money that cannot be written."""
    _check_identity("products", product.id)
    _check_currency(product.id, product.currency)
    live_price = product.sale_price if product.live_price is None else product.live_price
    if min(product.list_price, product.sale_price, live_price, product.delivery_price) < 0:
        raise _bad(f"{product.id}: 가격이 0보다 작아요", f"{product.id}: a price below zero")


def check_coupon_plan(coupon: Coupon) -> None:
    """Refusal for a coupon that could promise nothing, or whose times cannot be kept."""
    _check_identity("coupons", coupon.id)
    _check_currency(coupon.id, coupon.currency)
    if coupon.amount <= 0 or not 0 < coupon.open_seconds <= MAX_COUPON_SECONDS:
        hours = int(MAX_COUPON_SECONDS // 3600)
        raise _bad(
            f"{coupon.id}: 쿠폰 금액과 시간은 0보다 커야 하고, 시간은 {hours}시간까지예요",
            f"{coupon.id}: no amount, no time, or over {hours} hours",
        )
    if coupon.minimum < 0 or (coupon.quantity is not None and coupon.quantity < 0):
        raise _bad(
            f"{coupon.id}: 최소 금액과 수량은 0보다 작을 수 없어요", f"{coupon.id}: a minimum or quantity below zero"
        )
    bounds = [_instant(coupon.id, text) for text in (coupon.valid_from, coupon.valid_until) if text is not None]
    if len(bounds) == 2 and bounds[0] >= bounds[1]:
        raise _bad(f"{coupon.id}: 쿠폰 기간이 거꾸로예요", f"{coupon.id}: its period ends before it begins")


def _instant(identity: str, text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise _bad(
            f"{identity}: 쿠폰 기간은 2026-01-31T21:00:00+09:00처럼 시간대까지 적어 주세요",
            f"{identity}: a period is written like 2026-01-31T21:00:00+09:00, with its time zone",
        )
    return instant


def _check_currency(identity: str, currency: str) -> None:
    if currency not in CURRENCY_DECIMALS:
        raise _bad(f"{identity}: 모르는 통화 {currency[:8]}", f"{identity}: unknown currency {currency[:8]}")


def _check_destinations(show: Show) -> None:
    labels: set[str] = set()
    canvases = {canvas.id for canvas in show.canvases}
    for destination in show.destinations:
        label = destination.label[:60]
        if not label.strip() or len(destination.label) > 60 or not label.isprintable():
            raise _bad("송출 채널에 쓸 수 있는 이름이 없어요 (60자까지)", "a destination without a usable label")
        if label in labels:
            raise _bad(f"송출 채널 {label}이(가) 두 번 있어요", f"the destination {label} stands twice")
        labels.add(label)
        if destination.canvas is not None and destination.canvas not in canvases:
            raise _bad(
                f"송출 채널 {label}: 화면 {destination.canvas[:60]}이(가) 없어요",
                f"destination {label}: unknown canvas",
            )
        _check_server(destination)


def _check_server(destination: Destination) -> None:
    try:
        key = split_address(destination.server).key
    except Refusal:
        raise _bad(
            f"송출 채널 {destination.label}: 서버 주소는 rtmp://서버/앱 모양이어야 해요",
            f"destination {destination.label}: its server is no rtmp://host/application",
        ) from None
    if key is not None:
        raise _bad(
            f"송출 채널 {destination.label}의 주소에 스트림 키가 있어요. 키는 방송 파일에 적지 않아요",
            f"destination {destination.label}: its address holds a stream key, which no show file may hold",
        )


def _check_layers(show: Show, scene: Scene) -> None:
    scenes = {item.id for item in show.scenes} | {scene.id}
    _check_identities(f"{scene.id}.layers", [layer.id for layer in scene.layers])
    sources = {source.id for source in show.sources}
    canvases = {canvas.id for canvas in show.canvases} | {"*"}
    for layer in scene.layers:
        place = f"{scene.id}.{layer.id}"
        if sum(item is not None for item in (layer.source, layer.scene, layer.colour)) != 1:
            raise _bad(f"레이어 {place}: 소스·장면·색 가운데 하나만", f"layer {place}: one of source, scene, colour")
        if layer.source is not None and layer.source not in sources:
            raise _bad(f"레이어 {place}: 소스 {layer.source[:60]}이(가) 없어요", f"layer {place}: unknown source")
        if layer.scene is not None and layer.scene not in scenes:
            raise _bad(f"레이어 {place}: 장면 {layer.scene[:60]}이(가) 없어요", f"layer {place}: unknown scene")
        if layer.colour is not None and not COLOUR.fullmatch(layer.colour):
            raise _bad(f"레이어 {place}: 색은 #RRGGBB로", f"layer {place}: a colour is #RRGGBB")
        for canvas, where in layer.places.items():
            if canvas not in canvases:
                raise _bad(f"레이어 {place}: 화면 {canvas[:60]}이(가) 없어요", f"layer {place}: unknown canvas")
            _check_place(place, layer, where)
            if layer.scene is not None and (where.crop, where.turn, where.mirror) != (Crop(), 0, False):
                raise _bad(
                    f"레이어 {place}: 장면 안의 장면은 자르거나 돌릴 수 없어요",
                    f"layer {place}: a scene is not cropped or turned",
                )


def _check_place(name: str, layer: Layer, place: Place) -> None:
    rect, crop = place.rect, place.crop
    fits = 0 < rect.width <= 8 and 0 < rect.height <= 8 and abs(rect.x) <= 8 and abs(rect.y) <= 8
    sides = (crop.left, crop.top, crop.right, crop.bottom)
    cut = all(0 <= side < 1 for side in sides) and crop.left + crop.right < 1 and crop.top + crop.bottom < 1
    if not (fits and cut and 0 <= place.alpha <= 1):
        raise _bad(
            f"레이어 {name}: 자리·자르기·투명도가 범위를 벗어나요", f"layer {name}: rect, crop or alpha out of range"
        )


def _check_nesting(scenes: dict[str, Scene]) -> None:
    weights: dict[str, tuple[int, int]] = {}
    for scene_id in scenes:
        _weigh(scenes, scene_id, (), weights)


def _weigh(
    scenes: dict[str, Scene], scene_id: str, path: tuple[str, ...], weights: dict[str, tuple[int, int]]
) -> tuple[int, int]:
    """How many scenes deep a scene is and how many layers it paints; each scene is weighed once."""
    chain = " → ".join([*path, scene_id][-6:])
    if scene_id in path:
        raise _bad(f"장면이 서로를 담고 있어요: {chain}", f"scenes are inside each other: {chain}")
    if scene_id not in weights and len(path) <= MAX_SCENE_DEPTH:
        depth = layers = 0
        for layer in scenes[scene_id].layers:
            inner = (0, 1) if layer.scene is None else _weigh(scenes, layer.scene, (*path, scene_id), weights)
            depth, layers = max(depth, inner[0] + 1), layers + inner[1]
        weights[scene_id] = depth, layers
    if scene_id not in weights or weights[scene_id][0] > MAX_SCENE_DEPTH:
        raise _bad(
            f"장면이 {MAX_SCENE_DEPTH}겹보다 깊어요: {chain}", f"scenes are nested over {MAX_SCENE_DEPTH} deep: {chain}"
        )
    if weights[scene_id][1] > MAX_LAYERS:
        raise _bad(
            f"장면 {scene_id}: 레이어가 모두 {MAX_LAYERS}개를 넘어요",
            f"scene {scene_id}: over {MAX_LAYERS} layers in all",
        )
    return weights[scene_id]


def _check_identity(kind: str, identity: str) -> None:
    if not IDENTITY.fullmatch(identity):
        shown = "".join(letter if letter.isprintable() else "?" for letter in identity[:60])
        raise _bad(f"{kind}: 쓸 수 없는 이름 “{shown}”", f"{kind}: unusable id “{shown}”")


def _check_identities(kind: str, identities: Iterable[str]) -> None:
    seen: set[str] = set()
    for identity in identities:
        _check_identity(kind, identity)
        if identity in seen:
            raise _bad(f"{kind}: 이름 {identity}이(가) 두 번 있어요", f"{kind}: the id {identity} stands twice")
        seen.add(identity)


def with_canvas(show: Show, canvas: Canvas) -> Show:
    """The show with one canvas given another size or rate; its scenes keep their fractions."""
    canvases = tuple(canvas if item.id == canvas.id else item for item in show.canvases)
    return replace(show, canvases=canvases)


def _bad(ko: str, en: str) -> Refusal:
    return Refusal(
        f"방송 계획에 문제가 있어요. {ko}. 아무것도 시작하거나 바꾸지 않았어요. 그 자리를 고쳐서 다시 해 주세요.",
        f"The show cannot be aired: {en}. Nothing was started or changed. Correct that place and try again.",
        code="bad_show",
    )
