"""Whatever colour a company has, what is written in it can be read."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from connectors.widget.colours import GREYS, GROUNDS, USUAL, contrast, palette_of
from connectors.widget.module import widget_module

ACCENTS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@given(ACCENTS)
def test_any_accent_is_made_readable(accent: str) -> None:
    palette = palette_of(accent)
    for fill, ink, ground in zip(palette.fill, palette.on_fill, GROUNDS, strict=True):
        assert contrast(fill, ink) >= 4.5
        assert contrast(fill, ground) >= 1.2, "a button is seen on what it stands on"
    for text, grey, ground in zip(palette.text, GREYS, GROUNDS, strict=True):
        assert contrast(text, grey) >= 4.5
        assert contrast(text, ground) >= 4.5


def test_an_accent_that_is_readable_stays_as_it_is() -> None:
    assert palette_of("#2f6b4f").fill[0] == "#2f6b4f"
    assert palette_of("#2f6b4f").text[0] == "#2f6b4f"
    assert palette_of(None) == palette_of(USUAL)


def test_the_greys_are_those_of_the_style_sheet() -> None:
    sheet = widget_module()
    for name, colours in (("ground", GROUNDS), ("soft", GREYS)):
        found = re.search(rf"--{name}:light-dark\(([^)]*)\)", sheet)
        assert found
        assert [long(colour) for colour in found[1].split(",")] == list(colours)


def long(colour: str) -> str:
    return "#" + "".join(digit * 2 for digit in colour[1:]) if len(colour) == 4 else colour
