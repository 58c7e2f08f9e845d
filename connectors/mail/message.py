"""A letter → a message (RFC 5322, MIME): plain text and HTML, in the thread of its conversation. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from connectors.mail.addresses import Mailbox
from connectors.mail.letter import Letter, as_html, as_text
from connectors.outbox.jobs import Job


@dataclass(frozen=True, slots=True)
class Sender:
    mailbox: Mailbox
    reply_to: Mailbox | None = None


def composed(letter: Letter, job: Job, sender: Sender, recipient: Mailbox, now: datetime) -> EmailMessage:
    """Sent twice, it has the same Message-ID: mail programs show it once."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender.mailbox.header
    message["To"] = recipient.header
    if sender.reply_to is not None:
        message["Reply-To"] = sender.reply_to.header
    message["Subject"] = _one_line(letter.subject)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{job.id}@{sender.mailbox.domain}>"
    thread = thread_of(job.conversation_id, sender.mailbox.domain)
    message["In-Reply-To"] = thread
    message["References"] = thread
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no "I am on holiday" comes back
    message["X-Auto-Response-Suppress"] = "All"  # the same, for Exchange
    message.set_content(as_text(letter), cte="quoted-printable")
    message.add_alternative(as_html(letter), subtype="html", cte="quoted-printable")
    message["Content-Language"] = letter.language
    return message


def thread_of(conversation_id: str, domain: str) -> str:
    """The id that all mails about one conversation refer to. No message has it: threads need no first one."""
    name = hashlib.sha256(f"conversation\n{conversation_id}".encode()).hexdigest()[:32]
    return f"<{name}@{domain}>"


def _one_line(text: str) -> str:
    printable = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(printable.split())[:200]
