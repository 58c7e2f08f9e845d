"""The company's one accent, made readable in light and in dark: WCAG 2.2 asks for 4.5 : 1 in text. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

USUAL = "#2a5bd7"
BLACK, WHITE = "#111214", "#ffffff"
GROUNDS = WHITE, "#1c1d20"
GREYS = "#f3f4f5", "#2a2c30"
"""Of static/widget/styles.js: `--ground`, and `--soft`, on which text has the hardest stand."""

Pair = tuple[str, str]
"""In light and in dark."""


@dataclass(frozen=True, slots=True)
class Palette:
    fill: Pair
    """Buttons and such. A shape may be as it is, only not quite the colour of what it stands on."""
    on_fill: Pair
    text: Pair
    """Links, and the like."""


def palette_of(accent: str | None) -> Palette:
    """`accent` as "#rrggbb"."""
    light, dark = (against(ground, 1.25, accent or USUAL) for ground in GROUNDS)
    return Palette(
        (light, dark),
        (_ink(light), _ink(dark)),
        (against(GREYS[0], 4.5, accent or USUAL), against(GREYS[1], 4.5, accent or USUAL)),
    )


def against(ground: str, ratio: float, colour: str) -> str:
    """`colour`, moved towards black or white until it stands out enough."""
    goal = 0 if luminance(ground) > 0.18 else 255
    for step in range(21):
        found = _hex(part + (goal - part) * step / 20 for part in _parts(colour))
        if contrast(found, ground) >= ratio:
            break
    return found


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """Relative luminance as WCAG defines it."""
    red, green, blue = (
        ((part / 255 + 0.055) / 1.055) ** 2.4 if part > 10 else part / 255 / 12.92 for part in _parts(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _ink(fill: str) -> str:
    return WHITE if contrast(fill, WHITE) >= 4.5 else against(fill, 4.5, BLACK)


def _parts(colour: str) -> list[int]:
    return [int(colour[at : at + 2], 16) for at in (1, 3, 5)]


def _hex(parts: Iterable[float]) -> str:
    return "#" + "".join(f"{round(part):02x}" for part in parts)
