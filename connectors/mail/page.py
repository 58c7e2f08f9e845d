"""The pages that links in mails open, for websites without one of their own. Nothing comes from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape


@dataclass(frozen=True, slots=True)
class _Words:
    title: str
    text: str
    without_script: str
    expired: str
    expired_text: str


_ENGLISH = _Words(
    title="Your conversation with {company}",
    text="It opens in the corner of this page. All that was said is still there, and you can write on.",
    without_script="Please allow JavaScript for this page: the conversation needs it.",
    expired="This link does not work any more",
    expired_text="Links in our e-mails work for some time only, so that nobody reads along. Write to us on "
    "our website: we will help you there.",
)
_FRENCH = _Words(
    title="Votre conversation avec {company}",
    text="Elle s'ouvre dans un coin de cette page. Tout ce qui a été dit y est, et vous pouvez continuer.",
    without_script="Autorisez JavaScript pour cette page : la conversation en a besoin.",
    expired="Ce lien ne fonctionne plus",
    expired_text="Les liens de nos e-mails ne fonctionnent qu'un certain temps, pour que personne ne lise à "
    "votre place. Écrivez-nous sur notre site : nous vous aiderons.",
)


def conversation_page(language: str, company: str, site: str, side: str, nonce: str) -> str:
    """`side`: where the widget's panel opens, "end" or "start"; the text keeps out of its way."""
    words = _words(language)
    body = (
        f"<p>{escape(words.text)}</p>\n"
        f"<noscript><p>{escape(words.without_script)}</p></noscript>\n"
        f'<script type="module" src="/widget.js" data-site="{escape(site)}"></script>'
    )
    return _page(language, words.title.format(company=company), body, nonce, side)


def expired_page(language: str, nonce: str) -> str:
    words = _words(language)
    return _page(language, words.expired, f"<p>{escape(words.expired_text)}</p>", nonce)


def _words(language: str) -> _Words:
    return _FRENCH if language == "fr" else _ENGLISH


def _page(language: str, title: str, body: str, nonce: str, side: str = "") -> str:
    title = escape(title)
    return _PAGE.format(language=language, title=title, body=body, nonce=nonce, side=escape(side))


_PAGE = """\
<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>{title}</title>
<style nonce="{nonce}">
body {{ font: 1.0625rem/1.6 system-ui, sans-serif; margin: 0; padding: 12vh 1.5rem; }}
main {{ max-width: 34rem; margin: 0 auto; }}
h1 {{ font-size: 1.5rem; line-height: 1.25; }}
@media (min-width: 56rem) {{
  .end {{ padding-inline-end: 27rem; }}
  .start {{ padding-inline-start: 27rem; }}
}}
</style>
</head>
<body class="{side}">
<main>
<h1>{title}</h1>
{body}
</main>
</body>
</html>
"""
