"""The command line: `comptoir VERB`. One file a verb; nothing heavy is imported before a verb needs it."""

from __future__ import annotations


def main() -> None:
    from connectors.cli.app import app

    app()
