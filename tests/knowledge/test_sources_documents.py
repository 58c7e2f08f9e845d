"""Documents as people make them: Markdown, HTML, PDF, Word, plain text."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import UTC, date, datetime

import docx
import pytest
from docx.document import Document
from pypdf import PdfReader, PdfWriter
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    Flowable,
    ListFlowable,
    PageBreak,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
)

from knowledge.chunking import passages_of
from knowledge.entries import Article, Audience
from knowledge.ports import Loaded
from knowledge.sources import pdf
from knowledge.sources.docx import read_docx
from knowledge.sources.html import page_of, read_html
from knowledge.sources.markdown import read_markdown
from knowledge.sources.pdf import read_pdf
from knowledge.sources.reading import Reader, SourceFile, Unreadable, slug, table_as_markdown
from knowledge.sources.text import decode, read_text


def file(data: str | bytes, name: str = "aide/retourner-un-article.md", url: str | None = None) -> SourceFile:
    raw = data.encode() if isinstance(data, str) else data
    return SourceFile("aide/retourner-un-article", name, raw, Audience.PUBLIC, url)


def article(read: Reader, given: SourceFile) -> Article:
    (outcome,) = read(given)
    assert isinstance(outcome, Loaded)
    assert isinstance(outcome.entry, Article)
    return outcome.entry


def refusal(read: Reader, data: str | bytes) -> str:
    with pytest.raises(Unreadable) as refused:
        list(read(file(data)))
    return str(refused.value)


# Markdown


def test_front_matter_says_all_there_is_to_say_about_an_article() -> None:
    found = article(
        read_markdown,
        file(
            """---
title: "Retours : comment faire"
language: fr-FR
audience: internal
tags: [retours, staff]
twin: return-an-item
url: https://shop.example/fr/aide/retours
updated: 2026-05-31
questions:
  - comment renvoyer un colis ?
  - étiquette de retour
---

Vous avez **30 jours**.
"""
        ),
    )
    assert found == Article(
        id="aide/retourner-un-article",
        title="Retours : comment faire",
        text="Vous avez **30 jours**.",
        language="fr",
        audience=Audience.INTERNAL,
        questions=("comment renvoyer un colis ?", "étiquette de retour"),
        tags=("retours", "staff"),
        url="https://shop.example/fr/aide/retours",
        twin="return-an-item",
        updated=date(2026, 5, 31),
        source="aide/retourner-un-article.md",
    )


def test_markdown_without_front_matter_takes_its_title_from_the_first_heading() -> None:
    found = article(read_markdown, file("Intro.\n\n# Rendre un *article*\n\nTexte."))
    assert (found.title, found.language) == ("Rendre un article", "")
    assert found.text.startswith("Intro.")


def test_markdown_without_any_heading_is_named_after_its_file() -> None:
    assert article(read_markdown, file("Trente jours.")).title == "Retourner un article"


def test_a_rule_in_the_text_is_not_taken_for_front_matter() -> None:
    text = "Avant.\n\n---\n\nMilieu.\n\n---\n\nAprès."
    assert article(read_markdown, file(text)).text == text


def test_norwegian_is_a_language_and_not_the_word_no() -> None:
    assert article(read_markdown, file("---\nlanguage: no\n---\nHei.")).language == "no"


@pytest.mark.parametrize(
    ("front_matter", "complaint"),
    [
        ("audiance: internal", "audiance"),
        ("audience: publik", "audience “publik”"),
        ("language: français", "language “français”"),
        ("updated: last week", "updated “last week”"),
        ("url: javascript:alert(1)", "url “javascript:alert(1)”"),
        ("title: Delivery: how long", "line 2"),
        ("title: [a, b]", "title holds a list"),
        ("- a\n- b", "name: value"),
        ("questions: [a]\nalternatives: [b]", "twice"),
        ("title: a\ntitle: b", "duplicate key"),
        ("title: !!python/object:os.system x", "line 2"),
    ],
)
def test_wrong_front_matter_is_refused_by_name(front_matter: str, complaint: str) -> None:
    assert complaint in refusal(read_markdown, f"---\n{front_matter}\n---\nText.")


def test_front_matter_that_never_ends_or_has_no_text_below_is_refused() -> None:
    assert "does not end" in refusal(read_markdown, "---\ntitle: a\n\nText.")
    assert "no text" in refusal(read_markdown, "---\ntitle: a\n---\n")


# HTML

PAGE = """<!doctype html><html lang="fr-FR"><head><title>Retourner un article – Maison Tilleul</title>
<link rel="canonical" href="/fr/aide/retours"><meta name="Comptoir:Audience" content="internal">
<meta property="article:modified_time" content="2026-05-31T10:00:00Z"></head>
<body><header><nav><a href="/">Accueil</a> <a href="/boutique">Boutique</a></nav></header>
<main><h1>Retourner un article</h1><p>Vous avez <strong>30 jours</strong>, voir
<a href="../etiquette#haut">l'étiquette</a>.</p><h2>Comment faire</h2>
<ol><li>Imprimez.</li><li>Déposez.</li></ol>
<table><tr><th>Pays</th><th>Prix</th></tr><tr><td>Belgique</td><td>4 €</td></tr></table></main>
<footer>Mentions légales</footer><script>alert("non")</script></body></html>"""


def test_a_web_page_gives_its_text_without_what_stands_around_it() -> None:
    found = article(read_html, file(PAGE, url="https://shop.example/fr/aide/x/page.html"))
    assert (found.title, found.language, found.audience) == ("Retourner un article", "fr", Audience.INTERNAL)
    assert (found.url, found.updated) == ("https://shop.example/fr/aide/retours", date(2026, 5, 31))
    assert "Vous avez **30 jours**" in found.text
    assert "## Comment faire\n\n1. Imprimez.\n2. Déposez." in found.text
    assert "| Belgique | 4 € |" in found.text
    for noise in ("Boutique", "Mentions", "alert"):
        assert noise not in found.text


def test_links_of_a_page_are_absolute() -> None:
    links = page_of(PAGE.encode(), "https://shop.example/fr/aide/x/page.html").links
    assert "https://shop.example/fr/aide/etiquette#haut" in links
    assert "https://shop.example/boutique" in links


def test_a_very_short_page_keeps_its_heading_and_text() -> None:
    page = (
        "<nav><a href=/>Home</a></nav><h1>Opening hours</h1><p>We are open from 9 to 6.</p><footer>©</footer>"
    )
    assert article(read_html, file(page)).text == "# Opening hours\n\nWe are open from 9 to 6."


def test_a_page_that_a_script_would_fill_is_refused() -> None:
    page = (
        '<html><head><title>App</title></head><body><div id="app"></div><script src="a.js"></script></body>'
    )
    assert "script" in refusal(read_html, page)


def test_a_page_with_a_misspelt_audience_is_refused_and_not_shown_to_customers() -> None:
    assert "intern" in refusal(read_html, PAGE.replace('content="internal"', 'content="intern"'))


# PDF


def typeset(story: Iterable[Flowable], head: str = "") -> bytes:
    def running_head(canvas: Canvas, document: SimpleDocTemplate) -> None:
        canvas.drawString(70, 815, head)
        canvas.drawString(280, 20, f"Page {canvas.getPageNumber()}")

    out = io.BytesIO()
    SimpleDocTemplate(out, pagesize=A4).build(
        list(story), onFirstPage=running_head, onLaterPages=running_head
    )
    return out.getvalue()


STYLES = getSampleStyleSheet()
LONG = "Le remboursement part dès que le colis est arrivé et contrôlé, sous trois jours ouvrés au plus. " * 4


def handbook() -> bytes:
    return typeset(
        [
            Paragraph("Guide des retours", STYLES["Title"]),
            Paragraph(LONG, STYLES["Normal"]),
            Paragraph("Étapes", STYLES["Heading2"]),
            ListFlowable([Paragraph("Imprimez l'étiquette.", STYLES["Normal"])], bulletType="bullet"),
            Paragraph("Tarifs", STYLES["Heading2"]),
            Table(
                [["Pays", "Prix"], ["France", "0 €"], ["Belgique", "4 €"]],
                style=[("GRID", (0, 0), (-1, -1), 1, "black")],
            ),
            PageBreak(),
            Paragraph("Délais", STYLES["Heading2"]),
            Paragraph(LONG, STYLES["Normal"]),
            Spacer(1, 12),
            Paragraph("Un second paragraphe.", STYLES["Normal"]),
            PageBreak(),
            Paragraph("Dernière page.", STYLES["Normal"]),
        ],
        head="Maison Tilleul, confidentiel",
    )


def test_a_pdf_keeps_its_headings_paragraphs_and_tables() -> None:
    found = article(read_pdf, file(handbook(), "guide.pdf"))
    assert found.title == "Guide des retours"
    assert "## Étapes" in found.text
    assert LONG.strip() in found.text
    assert "| Pays | Prix |\n| --- | --- |\n| France | 0 € |\n| Belgique | 4 € |" in found.text
    assert "\n\nUn second paragraphe." in found.text
    assert [p.heading for p in passages_of(found)][-1] == ("Guide des retours", "Délais")


def test_what_runs_along_the_head_and_foot_of_each_page_is_left_out() -> None:
    text = article(read_pdf, file(handbook(), "guide.pdf")).text
    assert "confidentiel" not in text
    assert "Page 2" not in text


def test_a_pdf_under_a_password_is_refused_saying_so() -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(handbook())))
    writer.encrypt("secret", algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    assert "password" in refusal(read_pdf, out.getvalue())


def test_a_pdf_that_only_forbids_changes_is_read() -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(handbook())))
    writer.encrypt("", owner_password="owner", algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    assert article(read_pdf, file(out.getvalue())).title == "Guide des retours"


def test_a_scanned_pdf_is_refused_saying_what_to_do() -> None:
    out = io.BytesIO()
    canvas = Canvas(out)
    canvas.rect(100, 100, 200, 200, fill=1)
    canvas.save()
    assert "OCR" in refusal(read_pdf, out.getvalue())


def test_a_pdf_with_too_many_pages_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MAX_PAGES", 2)
    assert "3 pages" in refusal(read_pdf, handbook())


def test_a_cut_off_pdf_is_refused() -> None:
    assert "damaged" in refusal(read_pdf, b"%PDF-1.7\n1 0 obj\n<< /Type")


# Word


def word_document() -> Document:
    document = docx.Document()
    document.core_properties.modified = datetime(2026, 5, 31, tzinfo=UTC)
    document.add_heading("Guide des retours", level=0)
    document.add_paragraph("Vous avez trente jours.")
    document.add_heading("Étapes", level=2)
    document.add_paragraph("Imprimez l'étiquette.", style="List Number")
    document.add_paragraph("Déposez le colis.", style="List Number")
    document.add_paragraph("au point relais", style="List Bullet 2")
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip(table._cells, ["Pays", "Prix", "Belgique", "4 € | 5 €"], strict=True):
        cell.text = text
    document.add_paragraph("Fin.")
    return document


def saved(document: Document) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def test_a_word_document_keeps_headings_lists_and_tables() -> None:
    found = article(read_docx, file(saved(word_document()), "guide.docx"))
    assert (found.title, found.updated) == ("Guide des retours", date(2026, 5, 31))
    assert found.text == (
        "# Guide des retours\n\nVous avez trente jours.\n\n## Étapes\n\n"
        "1. Imprimez l'étiquette.\n1. Déposez le colis.\n   - au point relais\n\n"
        "| Pays | Prix |\n| --- | --- |\n| Belgique | 4 € \\| 5 € |\n\nFin."
    )


def test_a_word_document_that_is_none_or_empty_or_locked_is_refused() -> None:
    assert "damaged" in refusal(read_docx, b"PK\x03\x04 not really")
    assert "no text" in refusal(read_docx, saved(docx.Document()))
    assert "password" in refusal(read_docx, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)


def test_a_word_document_that_would_fill_the_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("knowledge.sources.reading.MAX_UNPACKED_BYTES", 1000)
    assert "unpack" in refusal(read_docx, saved(word_document()))


# Plain text


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "mac_roman"])
def test_text_is_read_in_the_charsets_that_people_have(charset: str) -> None:
    text = "Délais de livraison\r\n\r\nVotre commande arrive « bientôt » : comptez 5 €, même à l'étranger."
    found = article(read_text, file(text.encode(charset), "delais.txt"))
    assert found.title == "Délais de livraison"
    assert found.text == "Votre commande arrive « bientôt » : comptez 5 €, même à l'étranger."


def test_text_without_a_title_line_is_named_after_its_file() -> None:
    found = article(read_text, file("Une ligne.\nUne autre.", "aide/delais_de-livraison.txt"))
    assert (found.title, found.text) == ("Delais de livraison", "Une ligne.\nUne autre.")


def test_binary_data_is_not_taken_for_text() -> None:
    with pytest.raises(Unreadable):
        decode(bytes(range(256)) * 8)


# Shared


def test_a_table_of_uneven_rows_becomes_a_whole_one() -> None:
    rows: list[list[str | None]] = [["a", None], [], ["1", "2", "x\ny"]]
    assert table_as_markdown(rows) == "| a |  |  |\n| --- | --- | --- |\n| 1 | 2 | x y |"


def test_slugs_are_plain_and_keep_other_alphabets() -> None:
    assert slug("  Où est « mon » colis ?! ") == "ou-est-mon-colis"
    assert slug("Доставка 24/7") == "доставка-24-7"
