"""Checks the values of a request against a template's fields before anything is laid out: nothing unknown, nothing
missing, no forbidden character, no character without a glyph. Each refusal names the field. Owned by the letters
process; its main thread only (it asks the fonts)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studio.model.sentence import Refusal
from studio.overlay.design import Field, Template
from studio.overlay.fonts import first_missing
from studio.overlay.graphemes import code_points, first_forbidden, tidy

LONGEST = 400
"""No card has room for more; a longer value is a mistake or an attack."""


def checked_values(template: Template, given: Sequence[tuple[str, str]]) -> Mapping[str, str]:
    """Every field of the template with its tidy value; empty where an optional one was not given."""
    values: dict[str, str] = {}
    for name, value in given:
        if name not in template.fields or name in values or template.fields[name].kind == "countdown":
            raise Refusal(
                f"자막 ‘{template.name}’에는 ‘{name}’ 칸이 없거나 두 번 채워졌어요. 값을 확인해 주세요.",
                f"The card ‘{template.name}’ has no field ‘{name}’ to fill, or it was filled twice.",
                "unknown_field",
            )
        values[name] = value
    return {field.name: _checked(field, values.get(field.name, "")) for field in template.fields.values()}


def _checked(field: Field, value: str) -> str:
    if field.kind == "picture":
        return value
    value = tidy(value) or field.default
    if not value and not field.optional and field.kind != "countdown":
        raise Refusal(
            f"‘{field.ko}’ 칸이 비어 있어서 자막을 그리지 않았어요. 내용을 채워 주세요.",
            f"The {field.en} is empty, so the card was not drawn. Please fill it in.",
            "value_missing",
        )
    if len(value) > LONGEST:
        raise Refusal(
            f"‘{field.ko}’의 글이 너무 길어요({len(value)}자). 더 짧게 적어 주세요.",
            f"The {field.en} is far too long ({len(value)} characters). Please make it shorter.",
            "does_not_fit",
        )
    if (bad := first_forbidden(value)) is not None:
        raise Refusal(
            f"‘{field.ko}’에 보이지 않거나 쓸 수 없는 글자({code_points(bad)})가 있어서 그리지 않았어요. 지워 주세요.",
            f"The {field.en} contains an invisible or forbidden character ({code_points(bad)}). Please remove it.",
            "forbidden_character",
        )
    if (missing := first_missing(value)) is not None:
        raise Refusal(
            f"‘{field.ko}’의 글자 ‘{missing}’({code_points(missing)})는 방송 글꼴에 없어서 그릴 수 없어요. "
            "다른 글자로 바꿔 주세요.",
            f"The {field.en} contains ‘{missing}’ ({code_points(missing)}), which the bundled fonts cannot draw. "
            "Please use another character.",
            "missing_glyph",
        )
    return value
