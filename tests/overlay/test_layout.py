"""The fit verdict: names may be cut, promises never. Properties over made-up widths, so that no font is needed."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from studio.overlay.graphemes import first_forbidden, graphemes, tidy
from studio.overlay.layout import ELLIPSIS, Rule, fit, share


def measure(text: str) -> float:
    """Hangul one em, digits 0.6, all else 0.4: close enough to a font."""
    return sum(1.0 if one >= "가" else 0.6 if one.isdigit() else 0.4 for one in text)


words = st.lists(st.text("가나다라마바abc0123,%", min_size=1, max_size=12), min_size=1, max_size=8).map(" ".join)
rules = st.builds(
    lambda floor, more, lines, keeps: Rule(floor + more, floor, lines, keeps),
    st.integers(8, 60),
    st.integers(0, 60),
    st.integers(1, 4),
    st.booleans(),
)


@given(words, st.floats(40, 1200), rules)
def test_what_fits_lies_inside_and_is_whole_or_ends_in_an_ellipsis(text: str, width: float, rule: Rule) -> None:
    fitted = fit(measure, text, width, rule)
    if fitted is None:
        assert rule.keeps or measure(ELLIPSIS) * rule.floor > width
        return
    assert rule.floor <= fitted.size <= rule.size
    assert len(fitted.lines) <= rule.lines
    assert all(measure(line) * fitted.size <= width + 0.01 for line in fitted.lines)
    assert fitted.cut == ("".join(fitted.lines).replace(" ", "") != text.replace(" ", ""))
    assert " ".join(fitted.lines) == text or not rule.keeps
    if fitted.cut:
        assert not rule.keeps
        assert fitted.lines[-1].endswith(ELLIPSIS)
        start = "".join(fitted.lines).removesuffix(ELLIPSIS).replace(" ", "")
        assert text.replace(" ", "").startswith(start)


@given(words, st.floats(40, 1200), rules)
def test_a_refused_promise_really_does_not_fit_on_one_line(text: str, width: float, rule: Rule) -> None:
    assume(rule.keeps)
    if fit(measure, text, width, rule) is None:
        assert measure(text) * rule.floor > width - 0.5 * measure(text)


@given(words, st.floats(40, 1200), rules)
def test_more_room_never_means_smaller_letters_or_a_cut(text: str, width: float, rule: Rule) -> None:
    narrow, wide = fit(measure, text, width, rule), fit(measure, text, width * 1.5, rule)
    if narrow is not None:
        assert wide is not None
        assert wide.size >= narrow.size * 0.92
        assert narrow.cut or not wide.cut


def test_a_long_name_wraps_at_words_before_it_is_cut() -> None:
    fitted = fit(measure, "노지감귤 선물세트 가득", 6 * 40, Rule(40, 36, 2, False))
    assert fitted is not None
    assert fitted.lines == ("노지감귤", "선물세트 가득")


def test_a_cut_falls_between_whole_characters() -> None:
    family = "👨‍👩‍👧‍👦"
    fitted = fit(lambda text: float(len(graphemes(text))), family * 9, 40, Rule(10, 10, 1, False))
    assert fitted is not None
    assert fitted.lines == (family * 3 + ELLIPSIS,)


@given(
    st.lists(st.tuples(st.floats(0.3, 12), st.integers(20, 60), st.integers(0, 60)), min_size=1, max_size=4),
    st.floats(50, 900),
)
def test_texts_side_by_side_share_the_room(texts: list[tuple[float, int, int]], width: float) -> None:
    rules_ = [Rule(floor + more, floor) for _, floor, more in texts]
    sizes = share([advance for advance, _, _ in texts], rules_, width)
    if sizes is None:
        assert sum(advance * floor for advance, floor, _ in texts) > width
        return
    assert sum(advance * size for (advance, _, _), size in zip(texts, sizes, strict=True)) <= width + 0.01
    assert all(rule.floor <= size <= rule.size for rule, size in zip(rules_, sizes, strict=True))


@given(st.text())
def test_graphemes_are_the_text(text: str) -> None:
    assert "".join(graphemes(text)) == text


def test_a_flag_behind_a_family_stays_one_flag() -> None:
    assert graphemes("👨‍👩‍👧‍👦🇰🇷1️⃣") == ("👨‍👩‍👧‍👦", "🇰🇷", "1️⃣")
    assert graphemes("🇰🇷🇯🇵") == ("🇰🇷", "🇯🇵")


def test_invisible_and_direction_changing_characters_are_found() -> None:
    for bad in "\u202e\u200b\u200d\u2066\ufeff\u00ad\x00\n\t\x7f\u2028\ue000\U0010ffff\u200f\ud800":
        assert first_forbidden(f"감귤{bad}5kg") == bad
    assert first_forbidden("e" + "\u0301" * 9) is not None
    for good in ("노지감귤 5kg", "👨‍👩‍👧‍👦", "👍🏽", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "❤️", "1️⃣", "café"):
        assert first_forbidden(good) is None


def test_tidy_composes_and_spaces() -> None:
    assert tidy("  \u1112\u1161\u11ab\u00a0\u3000글  ") == "한 글"
