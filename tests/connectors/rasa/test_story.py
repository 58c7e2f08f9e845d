"""A customer on the website asks where an order is: the action answers, or a person does who reads why."""

from __future__ import annotations

from pathlib import Path

from bot.brief_file import read_brief
from bot.decisions import Performed
from bot.events import OutcomeGiven
from connectors.assembly import assemble
from escalation.roster import Role
from knowledge.embedders.hashing import HashingEmbedder
from tests.connectors.rasa.assistant import conversation_with
from tests.console import Browser, hired
from tests.web import indoors, opened, web_settings, with_tables

DEMO = Path(__file__).parents[3] / "deploy/demo"
BROKEN = """
from rasa_sdk import Action


class OrderStatus(Action):
    def name(self):
        return "action_order_status"

    def run(self, dispatcher, tracker, domain):
        raise ConnectionError("the order service does not answer")
"""


async def test_an_order_is_looked_up_and_when_that_fails_a_person_reads_why(tmp_path: Path) -> None:
    broken = tmp_path / "story_actions"
    broken.mkdir()
    (broken / "__init__.py").touch()
    (broken / "status.py").write_text(BROKEN)
    for actions in (DEMO / "actions", broken):
        settings = web_settings(tmp_path / "data", rasa={"actions": actions})
        await with_tables(settings.data)
        brief, embedder = read_brief(DEMO / "brief.yaml"), HashingEmbedder()
        async with (
            await assemble(settings, brief=brief, embedder=embedder) as service,
            indoors(service) as client,
        ):
            chat = await opened(client)
            question = f"Where is my order MT-1042, please? ({actions.name})"
            await chat.say(question)
            await service.reception.answer(chat.id)
            _, events = await conversation_with(service, question)
            (given,) = [event for event in events if isinstance(event, OutcomeGiven)]
            told = (await chat.get("transcript")).text
            if isinstance(given.outcome, Performed):
                assert "Colissimo" in told
                continue
            assert "I'm sorry, I can't look this up right now." in told
            assert "order service" not in told
            ticket = await service.queue.of(chat.id)
            assert ticket
            assert ticket.team == "orders"
            await hired(service, "zoe", Role.LEAD, display="Zoé")
            zoe = Browser(client)
            await zoe.sign_in("zoe")
            await zoe.get(f"/conversations/{chat.id}/trace/3")
            assert "action_order_status: ConnectionError: the order service does not answer" in zoe.text
            assert 'raise ConnectionError("the order service does not answer")' in zoe.text
            assert "order_number •••••42" in zoe.text
    assert not isinstance(given.outcome, Performed), "both have been told"
