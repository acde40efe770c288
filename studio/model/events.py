"""What became true: the events of a run, stamped with tick and UTC as facts and appended to the timeline. Replay,
clips, report and resume are pure functions of them, so an event carries the values that were shown, not references
that could change later. Pure nouns; only the engine writes facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from studio.model.commands import Slate, TransitionKind
from studio.model.commerce import Coupon, Product
from studio.model.overlay import DrawnCard
from studio.model.scene import Scene
from studio.model.show import Show, Source

RunKind = Literal["live", "rehearsal"]
CardKind = Literal["product", "coupon"]


@dataclass(frozen=True, slots=True)
class Event:
    """Base of all events; the class name is its kind on the timeline."""


@dataclass(frozen=True, slots=True)
class Fact:
    """An event that happened at a tick. `utc` is a label (ISO 8601), never used for arithmetic."""

    tick: int
    utc: str
    event: Event


@dataclass(frozen=True, slots=True)
class RunStarted(Event):
    """First fact of a run. `started_ns` is the monotonic time of tick 0 on the boot `boot_id`; `stepped` runs have no
    wall clock of their own. `encoders` names, per encoded canvas, its encoder options."""

    run: str
    kind: RunKind
    show: Show
    started_ns: int
    boot_id: str
    stepped: bool
    version: str
    ends_at_tick: int | None = None
    encoders: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    destinations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EngineResumed(Event):
    """A new engine took over after the old one died; ticks `first_missed` … `tick − 1` were never made."""

    first_missed: int
    gap_ticks: int
    cut_bytes: int = 0


@dataclass(frozen=True, slots=True)
class RunEnded(Event):
    """Last fact of a run, at the first tick that was not made."""

    reason: str = "asked"


@dataclass(frozen=True, slots=True)
class TicksRepeated(Event):
    """Ticks `first` … `last` of a canvas show the picture before them again (`*`: every canvas)."""

    canvas: str
    first: int
    last: int
    reason: Literal["late", "encoder"] = "late"


@dataclass(frozen=True, slots=True)
class Gap(Event):
    """Ticks `first` … `last` were not made: the machine slept or stood still; a key frame and new parts follow."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class PreviewSet(Event):
    """A scene stands on the preview bus."""

    scene: str


@dataclass(frozen=True, slots=True)
class SceneTaken(Event):
    """A scene went on air at this tick; a transition lasts `ticks` (0: cut)."""

    scene: str
    transition: TransitionKind = "cut"
    ticks: int = 0
    swap_preview: bool = False


@dataclass(frozen=True, slots=True)
class InsertStarted(Event):
    """An insert plays from its first picture at this tick; at `end_tick` the program returns to `return_scene`."""

    source: str
    end_tick: int
    return_scene: str


@dataclass(frozen=True, slots=True)
class InsertEnded(Event):
    """The insert is over, or was left early."""

    source: str


@dataclass(frozen=True, slots=True)
class CoverRaised(Event):
    """The cover is on air."""

    slate: Slate
    drawn: Mapping[str, DrawnCard] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CoverLowered(Event):
    """The program is seen again."""


@dataclass(frozen=True, slots=True)
class CardShown(Event):
    """A card went on air with these values, drawn per canvas. `card` names it for the rest of the run."""

    card: str
    kind: CardKind
    subject: str
    template: str
    values: Mapping[str, str]
    drawn: Mapping[str, DrawnCard]
    price: int | None = None


@dataclass(frozen=True, slots=True)
class CardHidden(Event):
    """A card began to leave the air at this tick."""

    card: str


@dataclass(frozen=True, slots=True)
class CouponOpened(Event):
    """A promise was made on air; it ends at `close_tick`."""

    coupon: Coupon
    close_tick: int


@dataclass(frozen=True, slots=True)
class CouponClosed(Event):
    """The promise ended; `early` when somebody closed it before its time."""

    coupon: str
    early: bool


@dataclass(frozen=True, slots=True)
class GainSet(Event):
    """A fader moved."""

    source: str
    gain_db: float


@dataclass(frozen=True, slots=True)
class MutedSet(Event):
    """A source was muted or opened."""

    source: str
    muted: bool


@dataclass(frozen=True, slots=True)
class ScenePut(Event):
    """The plan has this scene now."""

    scene: Scene


@dataclass(frozen=True, slots=True)
class SourcePut(Event):
    """The plan has this source now."""

    source: Source


@dataclass(frozen=True, slots=True)
class ProductPut(Event):
    """The catalogue of the run has this product now."""

    product: Product


@dataclass(frozen=True, slots=True)
class CouponPut(Event):
    """The plan has this coupon now."""

    coupon: Coupon


@dataclass(frozen=True, slots=True)
class SourceReady(Event):
    """A source was opened. `duration_ticks` is None for one without an end."""

    source: str
    width: int
    height: int
    duration_ticks: int | None = None
    has_sound: bool = False


@dataclass(frozen=True, slots=True)
class SourceLost(Event):
    """A source stopped giving pictures; its stand-by picture is shown."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class SourceBack(Event):
    """A lost source gives pictures again."""

    source: str


DestinationState = Literal["off", "connecting", "live", "stalled", "waiting", "refused", "ended", "failed"]


@dataclass(frozen=True, slots=True)
class DestinationChanged(Event):
    """A destination's light changed. `reason` is a stable word, empty when all is well."""

    destination: str
    state: DestinationState
    reason: str = ""
    connects: int = 0


@dataclass(frozen=True, slots=True)
class BitrateChanged(Event):
    """A canvas is encoded with `kbps` now and not with `before_kbps`, because that is what the link of its only
    destination takes. Its recording is made of the same encoding: below `full_kbps` it is as poor."""

    canvas: str
    destination: str
    kbps: int
    full_kbps: int
    before_kbps: int


Pace = Literal["plan", "quick", "half"]


@dataclass(frozen=True, slots=True)
class EncodingEased(Event):
    """The encoder of a canvas could not keep up, or can again. `quick`: less quality for the same bits. `half`: from
    this tick on every odd tick shows the picture before it again, too. `plan`: as the run began."""

    canvas: str
    pace: Pace
    before: Pace


@dataclass(frozen=True, slots=True)
class MediaDropped(Event):
    """Ticks `first` … `last` are missing somewhere. `destination` is the label of one that fell behind (its pictures;
    sound was kept), `recording:CANVAS` where the disk was too slow, or `sound` where the sound encoder was."""

    destination: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class PartStarted(Event):
    """A recording part begins: file time is (tick − first_tick) / fps. It may repeat ticks of the part before, where
    that one's recorder was killed."""

    canvas: str
    path: str
    first_tick: int


@dataclass(frozen=True, slots=True)
class PartEnded(Event):
    """A recording part ended; `digests` are SHA-256 of each `range_bytes` of the file, empty where the recorder was
    killed and nobody could compute them."""

    canvas: str
    path: str
    first_tick: int
    last_tick: int
    bytes: int
    range_bytes: int = 0
    digests: tuple[str, ...] = ()
    reason: str = "ended"


@dataclass(frozen=True, slots=True)
class DiskWarning(Event):
    """The recording disk is nearly full: minutes left at the present rate."""

    minutes_left: float
    path: str


@dataclass(frozen=True, slots=True)
class RecordingStopped(Event):
    """Recording of a canvas ended before the run did; sending goes on."""

    canvas: str
    reason: str


@dataclass(frozen=True, slots=True)
class LettersGone(Event):
    """The process that draws cards died; cards already drawn stay."""


@dataclass(frozen=True, slots=True)
class LettersBack(Event):
    """Cards can be drawn again."""


@dataclass(frozen=True, slots=True)
class FeedGone(Event):
    """The process that speaks with the outside died."""


@dataclass(frozen=True, slots=True)
class FeedBack(Event):
    """The outside is heard again."""


@dataclass(frozen=True, slots=True)
class DeskGone(Event):
    """A window or terminal that watched the run went away; the run goes on."""


@dataclass(frozen=True, slots=True)
class DeskBack(Event):
    """A window or terminal watches the run."""


EVENTS: dict[str, type[Event]] = {event.__name__: event for event in Event.__subclasses__()}
"""Every event by its kind."""
