from pathlib import Path

import pytest

from bot.brief import Address, Brief, BriefRefused, DoesNotFitTogether, Length, Policy, Tone
from bot.brief_file import parse_brief, read_brief
from bot.brief_reference import reference
from bot.recognisers.topics import Topic
from bot.teams import Team
from bot.words.names import PLACES, Phrase

ROOT = Path(__file__).parents[2]


def problems(text: str) -> list[str]:
    with pytest.raises(BriefRefused) as caught:
        parse_brief(text)
    return list(caught.value.problems)


def test_an_empty_file_works() -> None:
    assert parse_brief("") == Brief()


def test_the_demo_shops_brief_is_read() -> None:
    brief = read_brief(ROOT / "deploy/demo/brief.yaml")
    assert brief.company == "Maison Tilleul"
    assert brief.address is Address.VOUS
    assert brief.teams["orders"].title["fr"] == "l'équipe commandes"
    assert brief.rule("press").policy is Policy.ANSWER


def test_a_wrong_value_is_refused_with_file_line_field_and_what_is_allowed() -> None:
    assert problems("company: Tilleul\ntone: casual\n") == [
        "brief.yaml, line 2, tone: 'casual' is not allowed; allowed: formal, informal, technical"
    ]


def test_a_misspelt_field_is_told_what_was_meant() -> None:
    assert problems("\n\nlangth: short\n") == [
        "brief.yaml, line 3, langth: there is no such field; did you mean length?"
    ]


def test_a_misspelt_field_deep_inside_is_told_what_its_part_allows() -> None:
    assert problems("teams:\n  support:\n    openings: always\n") == [
        "brief.yaml, line 3, teams.support.openings: there is no such field; "
        "allowed: title, hours, timezone, tags, exceptions, topics, languages, assignment, service_levels, "
        "pick_up, promise, idle"
    ]


def test_hours_that_cannot_be_read_are_refused_where_they_stand() -> None:
    [problem] = problems("teams:\n  support:\n    hours: 9h-18h\n")
    assert problem.startswith("brief.yaml, line 3, teams.support.hours: the opening hours '9h-18h'")


def test_all_problems_come_at_once_in_the_order_of_the_file() -> None:
    lines = [p.split(",")[1] for p in problems("tone: loud\nlength: huge\ntimezone: Paris\ncountry: FRA\n")]
    assert lines == [" line 1", " line 2", " line 3", " line 4"]


def test_what_is_no_yaml_is_told_with_its_line() -> None:
    [problem] = problems("company: Tilleul\n  tone: [formal\n")
    assert problem.startswith("brief.yaml, line ")
    assert "not YAML" in problem


def test_a_field_given_twice_is_refused() -> None:
    assert "line 2" in problems("tone: formal\ntone: informal\n")[0]


def test_a_topic_may_only_name_a_team_that_is_listed() -> None:
    assert problems("teams:\n  care: {}\nsensitive_topics:\n  fraud:\n    team: legal\n") == [
        "brief.yaml, line 5, sensitive_topics.fraud.team: there is no team 'legal'; teams: care"
    ]


def test_a_topic_of_ones_own_needs_words_to_be_recognised_by() -> None:
    [problem] = problems("forbidden_topics:\n  politics: {policy: refuse}\n")
    assert problem.startswith("brief.yaml, line 2, forbidden_topics.politics: ")
    assert "triggers" in problem


def test_answering_a_topic_needs_something_to_show() -> None:
    assert "needs a resource" in problems("sensitive_topics:\n  press:\n    policy: answer\n")[0]


def test_a_phrase_with_an_unknown_place_is_refused_before_a_customer_sees_it() -> None:
    assert problems("phrases:\n  en:\n    thanks: Bye {name}\n") == [
        "brief.yaml, line 3, phrases.en.thanks: there is nothing to put in {name} here"
    ]


def test_a_phrase_with_a_lost_brace_is_refused() -> None:
    assert "{{" in problems("phrases:\n  en:\n    thanks: 'Bye {company'\n")[0]


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(BriefRefused, match=r"nowhere\.yaml: No such file"):
        read_brief(tmp_path / "nowhere.yaml")


def test_a_file_in_another_encoding_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "brief.yaml").write_bytes("company: Éclair".encode("latin-1"))
    with pytest.raises(BriefRefused, match="UTF-8"):
        read_brief(tmp_path / "brief.yaml")


def test_a_brief_made_in_python_must_fit_together_too() -> None:
    with pytest.raises(ValueError, match="no team 'b'") as caught:
        Brief(teams={"a": Team()}, default_team="b")
    assert isinstance(caught.value.errors()[0]["ctx"]["error"], DoesNotFitTogether)  # type: ignore[attr-defined]


def test_topics_that_the_brief_does_not_mention_go_to_a_person() -> None:
    assert all(Brief().rule(topic).policy is Policy.ESCALATE for topic in Topic)


def test_the_companys_own_phrase_comes_before_the_bots() -> None:
    brief = parse_brief("company: Tilleul\nphrases:\n  fr:\n    greeting: Bienvenue chez {company} !\n")
    assert brief.words("fr").say(Phrase.GREETING) == "Bienvenue chez Tilleul !"
    assert brief.words("en").say(Phrase.GREETING) == "Hi! Ask away: I answer from our help centre."


def test_tu_and_vous_differ() -> None:
    assert "Posez votre question" in Brief().words("fr").say(Phrase.GREETING)
    assert "Pose ta question" in Brief(address=Address.TU).words("fr").say(Phrase.GREETING)


def test_with_tu_no_phrase_says_vous() -> None:
    words = Brief(address=Address.TU).words("fr")
    formal = [p for p in Phrase if any(w in f" {words.phrases[p].lower()} " for w in (" vous ", " votre "))]
    assert formal == []


def test_a_formal_brief_greets_without_exclamation() -> None:
    brief = Brief(tone=Tone.FORMAL)
    assert "!" not in brief.words("fr").say(Phrase.GREETING) + brief.words("en").say(Phrase.GREETING)


def test_whoever_writes_neither_french_nor_english_is_spoken_to_in_english() -> None:
    assert Brief().words("de").say(Phrase.THANKS) == "You're welcome. Anything else?"


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("address", Address)
@pytest.mark.parametrize("tone", Tone)
def test_every_phrase_can_be_said(language: str, address: Address, tone: Tone) -> None:
    words = Brief(address=address, tone=tone).words(language)
    for phrase in Phrase:
        said = words.say(phrase, **dict.fromkeys(PLACES.get(phrase, ()), "X"))
        assert said
        assert "{" not in said


def test_a_longer_length_quotes_more() -> None:
    assert Length.SHORT.characters < Length.MEDIUM.characters < Length.LONG.characters


def test_the_page_about_the_brief_is_current() -> None:
    """When this fails: python -m bot.brief_reference > docs/brief.md"""
    assert (ROOT / "docs/brief.md").read_text(encoding="utf-8") == reference()
