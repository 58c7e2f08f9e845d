"""A letter before it is a message: what it says, part by part, as plain text and as HTML. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

ACCENT = "#2f5d8a"


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str


@dataclass(frozen=True, slots=True)
class Said:
    """Somebody's words in the conversation."""

    who: str
    text: str
    html: str | None = None
    """Sanitised already; None: the text is shown as it is."""
    when: str = ""
    below: tuple[str, ...] = ()
    """Lines that belong to it, such as sources."""


@dataclass(frozen=True, slots=True)
class Button:
    label: str
    address: str


@dataclass(frozen=True, slots=True)
class Small:
    """Why this came, and what is to be known about it. Stands at the end."""

    text: str


Block = Paragraph | Said | Button | Small


@dataclass(frozen=True, slots=True)
class Letter:
    language: str
    subject: str
    blocks: tuple[Block, ...]
    accent: str | None = None
    """Of the button: "#rrggbb"."""


def as_text(letter: Letter) -> str:
    colon = " :" if letter.language == "fr" else ":"
    body = [_text(block, colon) for block in letter.blocks if not isinstance(block, Small)]
    small = [block.text for block in letter.blocks if isinstance(block, Small)]
    footer = ["-- \n" + "\n".join(small)] if small else []
    return "\n\n".join(body + footer) + "\n"


def _text(block: Paragraph | Said | Button, colon: str) -> str:
    match block:
        case Paragraph(text=text):
            return text
        case Button(label=label, address=address):
            return f"{label}{colon}\n{address}"
        case Said():
            who = ", ".join(part for part in (block.who, block.when) if part)
            quoted = [f"> {line}".rstrip() for line in block.text.strip().splitlines()]
            return "\n".join([*([f"{who}{colon}"] if who else []), *quoted, *block.below])


def as_html(letter: Letter) -> str:
    """For mail programs, of which many know no style sheets: what matters stands at each element."""
    blocks = "\n".join(_html(block, letter.accent or ACCENT) for block in _small_last(letter.blocks))
    return _PAGE.format(language=letter.language, subject=escape(letter.subject), blocks=blocks)


def _small_last(blocks: Sequence[Block]) -> Iterator[Block]:
    yield from (block for block in blocks if not isinstance(block, Small))
    yield from (block for block in blocks if isinstance(block, Small))


def _html(block: Block, accent: str) -> str:
    match block:
        case Paragraph(text=text):
            return f'<p style="margin:0 0 16px">{_lines(text)}</p>'
        case Small(text=text):
            return f'<p style="margin:16px 0 0;{_QUIET}">{_lines(text)}</p>'
        case Button(label=label, address=address):
            return (
                f'<p style="margin:24px 0"><a href="{escape(address)}" style="display:inline-block;'
                f"padding:12px 20px;border-radius:8px;background:{accent};color:{_legible_on(accent)};"
                f'text-decoration:none;font-weight:600">{escape(label)}</a></p>'
            )
        case Said():
            return _said(block)


def _said(said: Said) -> str:
    head = " · ".join(escape(part) for part in (said.who, said.when) if part)
    words = f'<p style="margin:0">{_lines(said.text)}</p>' if said.html is None else said.html
    below = "".join(f'<div style="{_QUIET}">{escape(line)}</div>' for line in said.below)
    return (
        '<div class="said" style="margin:0 0 16px;padding:2px 0 2px 12px;border-left:3px solid #8a96a3">'
        + (f'<div style="margin:0 0 4px;{_QUIET}">{head}</div>' if head else "")
        + f"{words}{below}</div>"
    )


def _lines(text: str) -> str:
    return "<br>\n".join(escape(line) for line in text.splitlines())


def _legible_on(colour: str) -> str:
    """Black or white, whichever stands out more (WCAG 2.2, relative luminance)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return "#000000" if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 else "#ffffff"


_QUIET = "font-size:13px;opacity:.75"
"""Without a colour of its own: it is legible on whatever ground the mail program chooses."""
_PAGE = """\
<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{subject}</title>
<style>.said p, .said ul, .said ol, .said pre {{ margin: 0 0 8px }}</style>
</head>
<body style="margin:0;padding:24px 16px">
<div style="max-width:600px;margin:0 auto;overflow-wrap:anywhere;
font:16px/1.5 system-ui,'Segoe UI',Roboto,Helvetica,Arial,sans-serif">
{blocks}
</div>
</body>
</html>
"""
