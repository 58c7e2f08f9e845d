"""The company's one colour, made legible: as a ground for white words, and as words on light and on dark."""

from __future__ import annotations

import colorsys

DEFAULT = "#0b6e5f"
LEGIBLE = 4.6
"""Contrast ratio, a little over what WCAG AA asks of small text."""
WHITE, LIGHT_GROUND, DARK_GROUND = (1.0, 1.0, 1.0), (0.96, 0.965, 0.97), (0.145, 0.155, 0.17)

Colour = tuple[float, float, float]


def accent_css(accent: str | None) -> str:
    chosen = _parsed(accent or DEFAULT)
    on_light = _hex(_until_legible(_until_legible(chosen, WHITE, -0.02), LIGHT_GROUND, -0.02))
    on_dark = _hex(_until_legible(chosen, DARK_GROUND, 0.02))
    return (
        f":root {{ --accent: light-dark({on_light}, {on_dark}); --accent-ground: {on_light};\n"
        "  --accent-words: #fff; }\n"
    )


def contrast(one: Colour, other: Colour) -> float:
    """1 to 21 (WCAG 2.2, relative luminance)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _until_legible(colour: Colour, ground: Colour, step: float) -> Colour:
    """Towards black or white, one of which always is."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*colour)
    while contrast(colour, ground) < LEGIBLE and 0 <= lightness + step <= 1:
        lightness += step
        colour = colorsys.hls_to_rgb(hue, lightness, saturation)
    return colour


def _luminance(colour: Colour) -> float:
    red, green, blue = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _parsed(colour: str) -> Colour:
    digits = colour.removeprefix("#")
    red, green, blue = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return red, green, blue


def _hex(colour: Colour) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in colour)
