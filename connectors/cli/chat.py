"""`comptoir chat`: a conversation on the terminal, through the same reception and log as every other door."""

from __future__ import annotations

import asyncio
import select
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Protocol, TypeVar
from uuid import uuid4

import typer

from connectors.cli.session import Session, session_of
from connectors.cli.terminal import choices_of, show_outcome, show_trace

if TYPE_CHECKING:
    from bot.events import LoggedEvent, OutcomeGiven
    from connectors.assembly import Service
    from connectors.settings import Settings

T = TypeVar("T")

PASTE_SECONDS = 0.05
"""Lines that are there so soon after another were pasted together with it."""

COMMANDS = {
    "/help": "help", "/aide": "help",
    "/useful": "useful", "/utile": "useful",
    "/not-useful": "not_useful", "/inutile": "not_useful",
    "/person": "person", "/personne": "person",
    "/explain": "explain", "/expliquer": "explain",
    "/new": "new", "/nouveau": "new",
    "/quit": "quit", "/quitter": "quit", "/exit": "quit",
}  # fmt: skip


def chat(
    context: typer.Context,
    conversation: Annotated[
        str | None, typer.Option(metavar="ID", help="Go on with this conversation.", show_default=False)
    ] = None,
) -> None:
    """Talk with the bot as a customer does. Reads lines from a pipe too, and ends with them."""
    session = session_of(context)
    hold_conversation(session, session.settings(), conversation)


def hold_conversation(
    session: Session, settings: Settings, conversation: str | None = None, suggestions: tuple[str, ...] = ()
) -> None:
    """Until the customer quits or the input ends."""
    from connectors.assembly import assemble

    with session.failures(settings.log_file), _event_loop() as run:
        service = run(assemble(settings))
        try:
            run(service.warm_up())
            _Chat(session, service, run, conversation or str(uuid4())).hold(suggestions)
        finally:
            run(service.close())


class _Run(Protocol):
    def __call__(self, work: Coroutine[Any, Any, T]) -> T: ...


@contextmanager
def _event_loop() -> Iterator[_Run]:
    """An event loop in a thread of its own, so that the index can mend itself while somebody types."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="service", daemon=True)
    thread.start()

    def run(work: Coroutine[Any, Any, T]) -> T:
        """Ctrl-C, which arrives in the main thread, cancels the work."""
        future = asyncio.run_coroutine_threadsafe(work, loop)
        try:
            return future.result()
        except KeyboardInterrupt:
            future.cancel()
            raise

    try:
        yield run
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@dataclass
class _Chat:
    """Reads in the main thread and lets the service work in its own."""

    session: Session
    service: Service
    run: _Run
    conversation: str
    last: LoggedEvent | None = None
    choices: tuple[str, ...] = field(default=())

    def hold(self, suggestions: tuple[str, ...]) -> None:
        terminal = self.session.terminal
        self._open(greet=True)
        if suggestions:
            terminal.say(terminal.words.chat_try)
            for suggestion in suggestions:
                terminal.say(f"  • {suggestion}")
        terminal.note(terminal.words.chat_help)
        for text in lines():
            if not text.strip():
                continue
            terminal.out.file.write("" if sys.stdin.isatty() else f"› {text}\n")
            if self._command(text.strip()) == "quit":
                break
        terminal.note("\n" + terminal.words.chat_ended.format(conversation=self.conversation))

    def _open(self, greet: bool = False) -> None:
        """A conversation that was left in the middle: what was not answered then is answered now."""
        from connectors.assembly import greeting

        self.run(self.service.reception.open(self.conversation))
        events = self.run(self.service.log.read(self.conversation))
        self.last = next((e for e in reversed(events) if e.event.kind == "outcome_given"), None)
        left = self.run(self.service.reception.answer(self.conversation))
        if left is None and greet and self.last is None:
            self.session.terminal.say(greeting(self.service.brief, self.session.terminal.language))
        self._show(left)

    def _command(self, line: str) -> str:
        """Do what the line says; returns the command's name, or "message"."""
        words = self.session.terminal.words
        if not line.startswith("/"):
            self._interruptible(lambda: self._message(line))
            return "message"
        name = COMMANDS.get(line.split()[0].lower(), "")
        match name:
            case "help":
                self.session.terminal.say(words.chat_commands)
            case "useful" | "not_useful":
                self._judge(name == "useful")
            case "person":
                self._person()
            case "explain":
                self._explain()
            case "new":
                self.conversation, self.last, self.choices = str(uuid4()), None, ()
                self.session.terminal.note(words.chat_new)
                self._open()
            case "":
                self.session.terminal.note(words.chat_unknown_command.format(command=line.split()[0]))
        return name

    def _message(self, text: str) -> None:
        if text.isdecimal() and 1 <= int(text) <= len(self.choices):
            text = self.choices[int(text) - 1]
        from bot.conversation import ConversationError

        try:
            given = self.run(self.service.reception.handle(self.conversation, str(uuid4()), text))
        except ConversationError as refused:
            self.session.terminal.fail(str(refused))
            return
        if given is None:
            self._silent()
        self._show(given)

    def _show(self, given: LoggedEvent | None) -> None:
        if given is None:
            return
        self.last = given
        outcome = _given(given).outcome
        self.choices = choices_of(outcome)
        self.session.terminal.say()
        show_outcome(self.session.terminal, outcome)
        self.session.terminal.say()

    def _silent(self) -> None:
        """A person has the conversation, or will have: the bot must not speak."""
        words = self.session.terminal.words
        ticket = self.run(self.service.queue.of(self.conversation))
        person = ticket.claimed_as if ticket and not ticket.is_waiting else None
        self.session.terminal.note(
            words.chat_with_person.format(name=person) if person else words.chat_waiting
        )

    def _judge(self, useful: bool) -> None:
        words = self.session.terminal.words
        if self.last is None:
            self.session.terminal.note(words.chat_nothing_to_judge)
            return
        self.run(self.service.reception.judge(self.conversation, self.last.position, useful))
        self.session.terminal.say(words.chat_judged_useful if useful else words.chat_judged_useless)

    def _person(self) -> None:
        given = self.run(self.service.reception.request_person(self.conversation))
        if given is None:
            self._silent()
        self._show(given)

    def _explain(self) -> None:
        if self.last is None:
            self.session.terminal.note(self.session.terminal.words.chat_nothing_to_judge)
        else:
            show_trace(self.session.terminal, _given(self.last).trace)

    def _interruptible(self, work: Callable[[], None]) -> None:
        """Ctrl-C stops the answer, not the chat."""
        try:
            work()
        except KeyboardInterrupt:
            self.session.terminal.note("\n" + self.session.terminal.words.chat_stopped)


def _given(logged: LoggedEvent) -> OutcomeGiven:
    from bot.events import OutcomeGiven

    assert isinstance(logged.event, OutcomeGiven)
    return logged.event


def lines() -> Iterator[str]:
    """What is typed, pasted or piped; a message of several lines comes as one. Ends with the input."""
    if sys.stdin.isatty():
        with suppress(ImportError):  # history and editing, where the system has them
            import readline  # noqa: F401
    while True:
        try:
            line = input("› " if sys.stdin.isatty() else "")
            while line.endswith("\\") or (sys.stdin.isatty() and _more_was_pasted()):
                line = line.removesuffix("\\") + "\n" + input()
        except EOFError:
            return
        except KeyboardInterrupt:
            print(file=sys.stderr)  # noqa: T201 - a new prompt on a new line, as shells do
            continue
        yield line


def _more_was_pasted() -> bool:
    return bool(select.select([sys.stdin], [], [], PASTE_SECONDS)[0])
