"""FAQ and resource tables, as spreadsheets and exports give them."""

from __future__ import annotations

import io
from datetime import datetime

import openpyxl
import pytest

from knowledge.entries import Article, Audience, Entry, Resource, ResourceKind
from knowledge.ports import Loaded, Rejected
from knowledge.sources.reading import Reader, SourceFile, Unreadable
from knowledge.sources.tables import read_csv, read_jsonl, read_xlsx, read_yaml


def outcomes(
    read: Reader, data: str | bytes, audience: Audience = Audience.PUBLIC
) -> list[Loaded | Rejected]:
    raw = data.encode() if isinstance(data, str) else data
    return list(read(SourceFile("faq", "faq.csv", raw, audience)))


def entries(read: Reader, data: str | bytes) -> list[Entry]:
    found = outcomes(read, data)
    assert [outcome for outcome in found if isinstance(outcome, Rejected)] == []
    return [outcome.entry for outcome in found if isinstance(outcome, Loaded)]


def only_problem(read: Reader, data: str | bytes) -> Rejected:
    (problem,) = (outcome for outcome in outcomes(read, data) if isinstance(outcome, Rejected))
    return problem


EXPECTED = Article(
    id="faq#retours",
    title="Puis-je rendre un article ?",
    text="Oui, sous 30 jours.",
    language="fr",
    audience=Audience.INTERNAL,
    questions=("retour possible ?", "renvoyer, comment"),
    tags=("retours", "pro"),
    url="https://shop.example/retours",
    twin="returns",
    source="faq.csv",
)


def test_a_csv_row_is_an_article() -> None:
    table = (
        "id,question,alternatives,answer,language,audience,tags,url,twin\n"
        'retours,Puis-je rendre un article ?,"retour possible ?|renvoyer, comment","Oui, sous 30 jours.",'
        'fr,internal,"retours, pro",https://shop.example/retours,returns\n'
    )
    assert entries(read_csv, table) == [EXPECTED]


def test_a_french_excel_export_is_understood() -> None:
    table = (
        "Identifiant;Titre;Alternatives;Réponse;Langue;Audience;Étiquettes;Lien;Jumeau\r\n"
        'retours;Puis-je rendre un article ?;"retour possible ?\r\nrenvoyer, comment";Oui, sous 30 jours.;'
        "FR;interne;retours, pro;https://shop.example/retours;returns\r\n"
    )
    assert entries(read_csv, table.encode("cp1252")) == [EXPECTED]


def test_json_lines_and_yaml_give_lists_as_lists() -> None:
    as_json = (
        '{"id": "retours", "question": "Puis-je rendre un article ?", "answer": "Oui, sous 30 jours.",'
        '"alternatives": ["retour possible ?", "renvoyer, comment"], "lang": "fr", "audience": "internal",'
        '"tags": ["retours", "pro"], "url": "https://shop.example/retours", "twin": "returns"}\n\n'
    )
    as_yaml = """
- id: retours
  question: Puis-je rendre un article ?
  alternatives:
    - retour possible ?
    - renvoyer, comment
  réponse: Oui, sous 30 jours.
  langue: fr
  audience: internal
  tags: [retours, pro]
  url: https://shop.example/retours
  twin: returns
"""
    assert entries(read_jsonl, as_json) == entries(read_yaml, as_yaml) == [EXPECTED]


LAST_OF_MAY = datetime(2026, 5, 31)  # noqa: DTZ001 - spreadsheets know no time zones


def workbook(*sheets: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for rows in sheets:
        sheet = book.create_sheet()
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_workbook_is_read_sheet_by_sheet() -> None:
    book = workbook(
        [
            ["Question", "Réponse", "id", "updated"],
            ["A ?", "Oui.", 12, LAST_OF_MAY],
            [None],
            ["B ?", "Non."],
        ],
        [],
        [["title", "text"], ["C", "D"], ["E", None]],
    )
    found = outcomes(read_xlsx, book)
    assert [o.entry.id for o in found if isinstance(o, Loaded)] == ["faq#12", "faq#b", "faq#c"]
    assert [o.source for o in found if isinstance(o, Rejected)] == ["faq.csv, sheet “Sheet2”, row 3"]


def test_a_row_without_id_is_known_by_its_question_wherever_it_stands() -> None:
    one = entries(
        read_csv, "question,answer,language\nWhere is my parcel?,Here.,en\nCan I pay later?,Yes.,en\n"
    )
    other = entries(
        read_csv, "question,answer,language\nCan I pay later?,Yes.,en\nWhere is my parcel?,Here.,en\n"
    )
    assert [e.id for e in one] == ["faq#where-is-my-parcel-en", "faq#can-i-pay-later-en"]
    assert one == other[::-1]


def test_a_table_with_kind_and_target_holds_resources() -> None:
    table = (
        "id,title,description,kind,target,hours,language,audience,twin,questions\n"
        "phone-fr,Nous appeler,Un conseiller à Nantes.,phone,+33 2 55 59 01 40,"
        "Mo-Fr 09:00-18:00; Sa 10:00-16:00,fr,public,phone,vous appeler | numéro\n"
    )
    assert entries(read_csv, table) == [
        Resource(
            id="faq#phone-fr",
            title="Nous appeler",
            text="Un conseiller à Nantes.",
            language="fr",
            kind=ResourceKind.PHONE,
            target="+33 2 55 59 01 40",
            hours="Mo-Fr 09:00-18:00; Sa 10:00-16:00",
            questions=("vous appeler", "numéro"),
            twin="phone",
            source="faq.csv",
        )
    ]


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ("A,fax,+33 2 55 59 01 40,", "kind “fax”"),
        ("A,phone,nobody,", "target “nobody”"),
        ("A,phone,,", "no target"),
        ("A,page,javascript:alert(1),", "target"),
        ("A,page,//evil.example,", "target"),
        ("A,email,shop.example,", "target"),
        ("A,team,Pro,from nine to five,", "hours “from nine to five”"),
        (",team,Pro,", "no title"),
    ],
)
def test_a_resource_that_would_lead_nowhere_is_refused_with_its_line(row: str, complaint: str) -> None:
    problem = only_problem(read_csv, f"title,kind,target,hours\nGood,team,Pro,\n{row}\n")
    assert problem.source == "faq.csv, line 3"
    assert complaint in problem.reason


def test_a_bad_row_is_refused_with_its_line_and_the_others_are_loaded() -> None:
    table = (
        'question,answer,audience\n"Two\nlines?",Yes.,public\n\n'
        "No answer?,,public\nB?,Yes.,staff\nC?,a,public,b\nD?,Yes.\n"
    )
    found = outcomes(read_csv, table)
    assert [o.entry.title for o in found if isinstance(o, Loaded)] == ["Two lines?", "D?"]
    problems = [o for o in found if isinstance(o, Rejected)]
    assert [p.source for p in problems] == ["faq.csv, line 5", "faq.csv, line 6", "faq.csv, line 7"]
    assert "no answer" in problems[0].reason
    assert "staff" in problems[1].reason
    assert "4 cells" in problems[2].reason


def test_a_misspelt_audience_column_stops_the_table_before_it_shows_staff_notes() -> None:
    with pytest.raises(Unreadable, match="audiance"):
        outcomes(read_csv, "question,answer,audiance\nA?,Secret.,internal\n")


def test_columns_for_other_purposes_are_marked_by_an_underscore() -> None:
    assert len(entries(read_csv, "question,answer,_views\nA?,Yes.,12\n")) == 1


@pytest.mark.parametrize("table", ["", "\n\n", "name,value\na,b\n", "question,answer\n"])
def test_a_table_without_named_columns_or_rows_is_refused(table: str) -> None:
    with pytest.raises(Unreadable):
        outcomes(read_csv, table)


def test_broken_json_and_yaml_are_refused_with_their_line() -> None:
    problem = only_problem(read_jsonl, '{"question": "A?", "answer": "Yes."}\n{"question": \n')
    assert (problem.source, problem.reason[:13]) == ("faq.csv, line 2", "is no valid J")
    assert only_problem(read_jsonl, '["A?", "Yes."]\n').source == "faq.csv, line 1"
    assert (
        only_problem(read_yaml, "- question: A?\n  answer: Yes.\n- just words\n").source == "faq.csv, line 3"
    )
    with pytest.raises(Unreadable, match="line 2"):
        outcomes(read_yaml, "- question: A?\n  answer: b: c\n")
    with pytest.raises(Unreadable, match="no list"):
        outcomes(read_yaml, "question: A?\nanswer: Yes.\n")


def test_a_quote_that_never_ends_is_reported_and_what_stood_before_is_loaded() -> None:
    found = outcomes(read_csv, 'question,answer\nA?,Yes.\nB?,"never ends\nC?,No.\n')
    assert [type(o) for o in found] == [Loaded, Rejected]


def test_rows_take_the_audience_of_their_file_unless_they_say_their_own() -> None:
    found = outcomes(read_csv, "question,answer,audience\nA?,a,\nB?,b,public\n", Audience.INTERNAL)
    assert [o.entry.audience for o in found if isinstance(o, Loaded)] == [Audience.INTERNAL, Audience.PUBLIC]


def test_a_workbook_that_is_none_is_refused() -> None:
    with pytest.raises(Unreadable, match="damaged"):
        outcomes(read_xlsx, b"PK\x03\x04 no workbook")
