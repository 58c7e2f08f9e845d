"""What the console keeps: one port an idea, the database or memory behind them."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.console.accounts import Accounts
from connectors.console.canned_replies import CannedReplies
from connectors.console.drafts import Drafts
from connectors.console.links import Links
from connectors.console.saved_views import SavedViews
from connectors.console.sessions import Sessions


@dataclass(frozen=True, slots=True)
class ConsoleRecords:
    accounts: Accounts
    sessions: Sessions
    links: Links
    drafts: Drafts
    views: SavedViews
    canned: CannedReplies
