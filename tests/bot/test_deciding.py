from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.asked import Asked, Exchange
from bot.brief import Address, Brief, ForbiddenTopic, Place, Policy, SensitiveTopic
from bot.deciding import decide
from bot.decisions import (
    Answer,
    Clarify,
    Decision,
    EntryLink,
    Escalate,
    Priority,
    Reason,
    Route,
    SmallTalk,
)
from bot.judging import Judgement, Verdict
from bot.recognisers.small_talk import Talk
from bot.routing import RoutingRule, Situation
from bot.teams import Team
from bot.understanding import Kind, Understanding
from bot.words.moments import hours_now, moment
from knowledge.entries import Audience, Resource, ResourceKind
from knowledge.hours import Opening
from tests.found import a_hit, a_resource, an_article

PARIS = ZoneInfo("Europe/Paris")
FRIDAY_NOON = datetime(2026, 11, 20, 12, 0, tzinfo=PARIS)
FRIDAY_NIGHT = datetime(2026, 11, 20, 22, 0, tzinfo=PARIS)
SATURDAY_NIGHT = datetime(2026, 11, 21, 22, 0, tzinfo=PARIS)
BRIEF = Brief(
    teams={
        "support": Team(
            title={"fr": "notre équipe", "en": "our team"}, hours="Mo-Fr 09:00-18:00; Sa 10:00-16:00"
        ),
        "orders": Team(
            title={"fr": "l'équipe commandes", "en": "the order team"},
            hours="Mo-Fr 09:00-18:00",
            tags=("orders", "delivery"),
        ),
    }
)
DRAFT = Answer("Within 30 days. [1]", (), EntryLink("returns", "Return an item"))
SURE = Judgement(Verdict.SURE, a_hit(an_article()), None, (), 0.95, near=True)
DOUBTFUL = Judgement(Verdict.LESS_SURE, a_hit(an_article()), None, (), 0.6, near=True, doubtful=True)
NEAR = Judgement(Verdict.NOTHING, a_hit(an_article(tags=("orders",))), None, (), 0.5, near=True)
NOTHING = Judgement(Verdict.NOTHING, a_hit(an_article(tags=("orders",))), None, (), 0.02, near=False)


def heard(kind: Kind = Kind.QUESTION, language: str = "en", **more: object) -> Understanding:
    return replace(Understanding(kind, language, "how do I return a lamp"), **more)  # type: ignore[arg-type]


def asked(now: datetime = FRIDAY_NOON, *, failures: int = 0, after: Decision | None = None) -> Asked:
    exchanges = (Exchange("before", after, 2),) if after else ()
    return Asked("c1", ("…",), exchanges, now, failures=failures)


def escalation(decision: Decision) -> Escalate:
    assert isinstance(decision, Escalate)
    return decision


def test_a_sure_answer_goes_out_as_it_is() -> None:
    assert decide(heard(), SURE, DRAFT, BRIEF, asked()) == DRAFT


def test_a_less_sure_answer_says_so_first() -> None:
    doubtful = replace(SURE, verdict=Verdict.LESS_SURE)
    answer = decide(heard(), doubtful, DRAFT, BRIEF, asked())
    assert isinstance(answer, Answer)
    assert (answer.text, answer.hedged) == ("This may help:\n\nWithin 30 days. [1]", True)


@pytest.mark.parametrize(
    ("language", "before", "after"),
    [
        ("en", "I found no certain answer, but this may help:", "tell me and I'll ask a colleague."),
        ("fr", "Je n'ai pas trouvé de réponse certaine", "je demanderai à un collègue."),
    ],
)
def test_a_doubtful_answer_says_what_it_is_and_offers_a_colleague(
    language: str, before: str, after: str
) -> None:
    answer = decide(heard(language=language), DOUBTFUL, DRAFT, BRIEF, asked())
    assert isinstance(answer, Answer)
    assert (answer.hedged, answer.doubtful) == (True, True)
    assert answer.text.startswith(before)
    assert DRAFT.text in answer.text
    assert answer.text.endswith(after)


def test_a_doubtful_answer_turned_down_gets_the_colleague_who_was_offered() -> None:
    doubtful = replace(DRAFT, hedged=True, doubtful=True)
    refused = heard(Kind.WRONG_ANSWER, rejects=True)
    decision = decide(refused, SURE, DRAFT, BRIEF, asked(after=doubtful))
    assert escalation(decision).reason is Reason.LOW_CONFIDENCE
    assert isinstance(decide(refused, SURE, DRAFT, BRIEF, asked(after=DRAFT)), Answer)


def test_whoever_is_angry_gets_no_doubtful_answer() -> None:
    decision = decide(heard(frustrated=True), DOUBTFUL, DRAFT, BRIEF, asked())
    assert escalation(decision).reason is Reason.FRUSTRATED


def test_an_answer_in_another_language_says_so_in_the_customers() -> None:
    answer = decide(heard(language="fr"), SURE, DRAFT, BRIEF, asked())
    assert isinstance(answer, Answer)
    assert answer.text == "Cet article n'existe qu'en anglais :\n\nWithin 30 days. [1]"
    french = replace(SURE, best=a_hit(an_article(language="fr")))
    answer = decide(heard(language="en"), french, DRAFT, BRIEF, asked())
    assert isinstance(answer, Answer)
    assert answer.text.startswith("This article is only available in French:\n\n")


def test_an_answer_of_which_nothing_stood_up_becomes_a_person() -> None:
    assert escalation(decide(heard(), SURE, None, BRIEF, asked())).reason is Reason.LOW_CONFIDENCE


def test_a_resource_is_shown_with_its_hours_now() -> None:
    card = a_hit(a_resource(hours="Mo-Fr 09:00-18:00"))
    judgement = Judgement(Verdict.ROUTE, card, card, (), 0.95, near=True)
    route = decide(heard(), judgement, None, BRIEF, asked())
    assert isinstance(route, Route)
    assert (route.card.open_now, route.card.hours_text) == (True, "open until 18:00")
    route = decide(heard(language="fr"), judgement, None, BRIEF, asked(SATURDAY_NIGHT))
    assert isinstance(route, Route)
    assert (route.card.open_now, route.card.hours_text) == (False, "fermé, rouvre lundi à 9\u00a0h")


def test_hours_that_nobody_can_read_are_shown_as_written() -> None:
    card = a_hit(a_resource(hours="most days"))
    route = decide(heard(), Judgement(Verdict.ROUTE, card, card), None, BRIEF, asked())
    assert isinstance(route, Route)
    assert (route.card.hours, route.card.open_now, route.card.hours_text) == ("most days", None, None)


def test_an_internal_resource_is_no_card_for_a_customer() -> None:
    card = a_hit(a_resource(audience=Audience.INTERNAL))
    decision = decide(heard(), Judgement(Verdict.ROUTE, card, card), None, BRIEF, asked())
    assert isinstance(decision, Escalate)


def test_a_resource_level_with_the_article_is_the_answers_card() -> None:
    judgement = replace(SURE, card=a_hit(a_resource()))
    answer = decide(heard(), judgement, DRAFT, BRIEF, asked())
    assert isinstance(answer, Answer)
    assert answer.card is not None
    assert answer.card.title == "Track my order"


def test_two_candidates_become_a_question_back() -> None:
    rivals = (a_hit(an_article()), a_hit(an_article("Gifts.", "gift", "Return a gift")))
    judgement = Judgement(Verdict.COMPETING, rivals[0], None, rivals, 0.5, near=True)
    decision = decide(heard(), judgement, None, BRIEF, asked())
    assert isinstance(decision, Clarify)
    assert decision.text == "Do you mean “Return an item” or “Return a gift”?"
    assert [choice.entry_id for choice in decision.choices] == ["returns", "gift"]


def test_three_candidates_become_a_list_and_whoever_finds_nothing_in_it_gets_the_colleague() -> None:
    untitled = replace(an_article("Print the label at home. " * 9, "label"), title="")
    asked_for = replace(untitled, id="swap", questions=("Can I swap it?",))
    rivals = (a_hit(an_article()), a_hit(untitled), a_hit(asked_for))
    judgement = Judgement(Verdict.COMPETING, rivals[0], None, rivals, 0.2, near=True)
    decision = decide(heard(), judgement, None, BRIEF, asked())
    assert isinstance(decision, Clarify)
    assert decision.text == "Is your question about one of these? If not, a colleague takes over."
    first, second, third = (choice.title for choice in decision.choices)
    assert (first, third) == ("Return an item", "Can I swap it?")
    assert (second[:24], second[-1], len(second) <= 80) == ("Print the label at home.", "…", True)
    refused = heard(Kind.WRONG_ANSWER, rejects=True)
    reason = escalation(decide(refused, SURE, DRAFT, BRIEF, asked(after=decision))).reason
    assert reason is Reason.LOW_CONFIDENCE


def test_something_near_is_doubt_and_nothing_near_is_a_hole() -> None:
    assert escalation(decide(heard(), NEAR, None, BRIEF, asked())).reason is Reason.LOW_CONFIDENCE
    assert escalation(decide(heard(), NOTHING, None, BRIEF, asked())).reason is Reason.NOT_IN_KNOWLEDGE_BASE


def test_what_is_near_a_teams_articles_goes_to_that_team() -> None:
    assert escalation(decide(heard(), NEAR, None, BRIEF, asked())).team == "orders"
    assert escalation(decide(heard(), NOTHING, None, BRIEF, asked())).team == "support"


def test_the_briefs_rules_know_the_site_the_tier_and_the_mood() -> None:
    rules = (
        RoutingRule(when=Situation(tier=("pro",)), team="orders"),
        RoutingRule(when=Situation(site=("outlet",)), tags=("outlet",)),
    )
    brief = BRIEF.model_copy(update={"routing": rules})
    customer = replace(asked(), tier="pro", site="outlet")
    told = escalation(decide(heard(frustrated=True), NOTHING, None, brief, customer))
    assert (told.team, told.priority, told.tags) == ("orders", Priority.HIGH, ("outlet",))
    assert "The order team is here" in told.text


def test_within_opening_hours_a_person_is_promised_and_no_minutes() -> None:
    text = escalation(decide(heard(), NOTHING, None, BRIEF, asked())).text
    assert text == (
        "I found no answer in our help centre, so I'm handing you to a colleague. "
        "Our team is here until 18:00 and will answer you in this conversation."
    )


def test_when_the_team_is_away_its_return_is_promised() -> None:
    text = escalation(decide(heard(language="fr"), NOTHING, None, BRIEF, asked(FRIDAY_NIGHT))).text
    assert text.endswith(
        "Notre équipe revient demain à 10\u00a0h. Laissez-nous une adresse : la réponse vous y attendra."
    )
    text = escalation(decide(heard(), NEAR, None, BRIEF, asked(SATURDAY_NIGHT))).text
    assert "The order team is back on Monday at 9:00." in text


def test_without_hours_no_time_is_promised() -> None:
    text = escalation(decide(heard(), NOTHING, None, Brief(), asked())).text
    assert not any(c.isdigit() for c in text)
    assert "our team" in text


def test_a_customer_who_asks_for_a_person_gets_one_even_when_the_answer_is_known() -> None:
    decision = escalation(decide(heard(Kind.WANTS_PERSON), SURE, DRAFT, BRIEF, asked()))
    assert decision.reason is Reason.ASKED_FOR_PERSON


def test_a_frustrated_customer_gets_a_person_even_when_the_answer_is_known() -> None:
    decision = escalation(decide(heard(frustrated=True), SURE, DRAFT, BRIEF, asked()))
    assert decision.reason is Reason.FRUSTRATED


def test_two_failed_answers_in_a_row_get_a_person() -> None:
    wrong = heard(Kind.WRONG_ANSWER, rejects=True)
    assert decide(wrong, SURE, DRAFT, BRIEF, asked()) == DRAFT
    decision = escalation(decide(wrong, SURE, DRAFT, BRIEF, asked(failures=1)))
    assert decision.reason is Reason.REPEATED_FAILURE


def test_a_refused_answer_with_nothing_better_gets_a_person() -> None:
    wrong = heard(Kind.WRONG_ANSWER, rejects=True)
    assert escalation(decide(wrong, NOTHING, None, BRIEF, asked())).reason is Reason.LOW_CONFIDENCE


def test_without_search_the_customer_gets_a_person() -> None:
    assert escalation(decide(heard(), None, None, BRIEF, asked())).reason is Reason.UNAVAILABLE


def test_a_greeting_needs_no_search() -> None:
    hello = heard(Kind.SMALL_TALK, "fr", talk=Talk.GREETING, question="")
    assert decide(hello, None, None, BRIEF, asked()) == SmallTalk(
        "Bonjour ! Posez votre question, je cherche dans notre centre d'aide."
    )
    tu = decide(hello, None, None, Brief(address=Address.TU), asked())
    assert tu == SmallTalk("Bonjour ! Pose ta question, je cherche dans notre centre d'aide.")


def test_yes_after_an_answer_is_good_news_and_otherwise_an_invitation() -> None:
    yes = heard(Kind.CONFIRMS, question="")
    assert decide(yes, None, None, BRIEF, asked(after=DRAFT)) == SmallTalk("Glad that helped. Anything else?")
    assert decide(yes, None, None, BRIEF, asked()) == SmallTalk(
        "All right. Tell me what you would like to know."
    )


def test_an_attack_gets_a_short_polite_line_and_no_place_in_the_queue() -> None:
    attack = heard(Kind.ATTACK, question="", injection="override")
    decision = decide(attack, None, None, BRIEF, asked())
    assert isinstance(decision, SmallTalk)
    assert decision.text.startswith("I can only help with")


def test_what_nobody_can_read_is_asked_again_and_a_person_offered() -> None:
    decision = decide(heard(Kind.UNREADABLE, question=""), None, None, BRIEF, asked())
    assert isinstance(decision, SmallTalk)
    assert "a person" in decision.text


def test_a_sensitive_topic_goes_to_its_team_in_its_own_words() -> None:
    brief = BRIEF.model_copy(
        update={
            "sensitive_topics": {"fraud": SensitiveTopic(team="orders", words={"en": "We look into it."})}
        }
    )
    decision = escalation(decide(heard(Kind.SENSITIVE, topic="fraud"), SURE, DRAFT, brief, asked()))
    assert (decision.reason, decision.topic, decision.team) == (Reason.SENSITIVE_TOPIC, "fraud", "orders")
    assert decision.text.startswith("We look into it. The order team is here until 18:00")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_someone_in_danger_is_told_whom_to_call_now(language: str) -> None:
    decision = escalation(
        decide(heard(Kind.SENSITIVE, language, topic="self_harm"), None, None, BRIEF, asked(FRIDAY_NIGHT))
    )
    assert "3114" in decision.text
    assert "112" in decision.text


def test_a_forbidden_topic_is_refused_or_passed_on_as_policy() -> None:
    brief = Brief(
        forbidden_topics={
            "politics": ForbiddenTopic(triggers=("election",), words={"en": "Not my table."}),
            "prices": ForbiddenTopic(triggers=("price match",), policy=Policy.ESCALATE),
        }
    )
    refused = decide(heard(Kind.SENSITIVE, topic="politics"), SURE, DRAFT, brief, asked())
    assert refused == SmallTalk("Not my table.")
    passed = escalation(decide(heard(Kind.SENSITIVE, topic="prices"), SURE, DRAFT, brief, asked()))
    assert (passed.reason, passed.topic) == (Reason.POLICY, "prices")


def test_a_topic_may_be_answered_with_a_resource_of_the_brief() -> None:
    press = Place(kind=ResourceKind.EMAIL, title={"fr": "Presse", "en": "Press"}, target="press@shop.example")
    brief = Brief(sensitive_topics={"press": SensitiveTopic(policy=Policy.ANSWER, resource=press)})
    route = decide(heard(Kind.SENSITIVE, "fr", topic="press"), None, None, brief, asked())
    assert isinstance(route, Route)
    assert (route.card.title, route.card.target) == ("Presse", "press@shop.example")


@pytest.mark.parametrize(
    ("until", "english", "french"),
    [
        (datetime(2026, 11, 20, 14, 0, tzinfo=PARIS), "at 14:00", "à 14\u00a0h"),
        (datetime(2026, 11, 21, 9, 30, tzinfo=PARIS), "tomorrow at 9:30", "demain à 9\u00a0h\u00a030"),
        (datetime(2026, 11, 23, 9, 0, tzinfo=PARIS), "on Monday at 9:00", "lundi à 9\u00a0h"),
        (datetime(2027, 1, 4, 9, 0, tzinfo=PARIS), "on 4 January at 9:00", "le 4 janvier à 9\u00a0h"),
        (datetime(2026, 11, 21, 0, 0, tzinfo=PARIS), "tomorrow at midnight", "demain à minuit"),
    ],
)
def test_times_are_said_as_people_say_them(until: datetime, english: str, french: str) -> None:
    assert moment(until, FRIDAY_NOON, "en") == english
    assert moment(until, FRIDAY_NOON, "fr") == french


def test_hours_now_are_said_in_few_words() -> None:
    eight = datetime(2026, 11, 20, 18, 0, tzinfo=PARIS)
    six = datetime(2026, 11, 21, 6, 0, tzinfo=PARIS)
    assert hours_now(Opening(True, eight), FRIDAY_NOON, "fr") == "ouvert jusqu'à 18\u00a0h"
    assert hours_now(Opening(True, six), FRIDAY_NIGHT, "en") == "open until 6:00"
    assert hours_now(Opening(True, None), FRIDAY_NOON, "en") == "always open"
    assert hours_now(Opening(False, None), FRIDAY_NOON, "fr") == "fermé"
    assert hours_now(Opening(False, six), FRIDAY_NIGHT, "fr") == "fermé, rouvre demain à 6\u00a0h"


def test_a_resource_of_a_team_keeps_its_kind() -> None:
    team = Resource("t", "Order team", "", "en", ResourceKind.TEAM, "orders")
    route = decide(heard(), Judgement(Verdict.ROUTE, a_hit(team), a_hit(team)), None, BRIEF, asked())
    assert isinstance(route, Route)
    assert route.card.kind is ResourceKind.TEAM
