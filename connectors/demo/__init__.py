"""What the demo shop has behind it at its first start: a fortnight of customers, made up and marked so."""

PREFIX = "demo-"
"""Every conversation that is made up has an id that begins so."""
NOTE = "demo_history"
"""Where it is written down what was made up."""


def is_made_up(conversation_id: str) -> bool:
    return conversation_id.startswith(PREFIX)
