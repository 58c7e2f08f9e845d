"""`comptoir init`: a folder to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from connectors.cli.session import session_of

BRIEF = """\
# What your company tells the bot. Every line may be left out; docs/brief.md lists them all.
company: ""
tone: informal          # formal, informal or technical
address: vous           # how French customers are addressed: vous or tu
languages: [fr, en]     # the usual one first
timezone: Europe/Paris
country: FR             # whose public holidays PH means below

teams:
  support:
    title: {fr: notre équipe, en: our team}
    hours: "Mo-Fr 09:00-18:00; PH off"

# sensitive_topics:
#   press: {policy: escalate, team: support}

# phrases:
#   fr: {greeting: "Bonjour ! Posez votre question, je cherche dans notre centre d'aide."}
#   en: {greeting: "Hi! Ask away: I answer from our help centre."}
"""


def init(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Made when it is not there.")],
) -> None:
    """Write commented settings, a brief, and folders for articles."""
    from connectors.settings import FILE_NAME
    from connectors.settings_docs import settings_template

    session = session_of(context)
    file = folder / FILE_NAME
    if file.exists():
        raise typer.BadParameter(f"{file} is there already; it is left as it is", param_hint="FOLDER")
    with session.failures():
        for name in ("help", "staff"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        if not (folder / "brief.yaml").exists():
            (folder / "brief.yaml").write_text(BRIEF, "utf-8")
        file.write_text(settings_template("brief.yaml", "help", "staff"), "utf-8")
    say = session.terminal.say
    say(f"{folder}/help/         articles for customers: Markdown, HTML, PDF, DOCX, tables")
    say(f"{folder}/staff/        articles for your team only")
    say(f"{folder}/brief.yaml    what the company tells the bot")
    say(f"{file}  the settings")
    session.terminal.note(
        f"Next: put articles into help, then: cd {folder} && comptoir ingest && comptoir chat"
    )
