"""What is taken for an e-mail address, and what can never be smuggled in as one."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.mail.addresses import Mailbox, WrongAddress, mailbox


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("zoe@shop.example", Mailbox("zoe@shop.example")),
        (" zoe@Shop.Example ", Mailbox("zoe@shop.example")),
        ("Zoe.Le+Goff@shop.example", Mailbox("Zoe.Le+Goff@shop.example")),
        ("zoé@shop.example", Mailbox("zoé@shop.example")),
        ("zoe@boutique-élégante.example", Mailbox("zoe@xn--boutique-lgante-jnbb.example")),
        ("Maison Tilleul <support@shop.example>", Mailbox("support@shop.example", "Maison Tilleul")),
        ('"Tilleul, Maison" <a@b.example>', Mailbox("a@b.example", "Tilleul, Maison")),
        ("root@localhost", Mailbox("root@localhost")),
    ],
)
def test_an_address_is_read(text: str, expected: Mailbox) -> None:
    assert mailbox(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("", "zoe", "@shop.example", "zoe@", "zoe@@shop.example", "a@b@shop.example", "zoe@shop..example"),
        *("zoe@-shop.example", "zoe @shop.example", "zoe,max@shop.example", ".zoe@shop.example"),
        *("zoe@shop.example\r\nBcc: all@shop.example", "zoe@shop.example\nDATA", "zoe\x00@shop.example"),
        *("<zoe@shop.example", "zoe@shop.example>", "<a@b.example> SIZE=1", '"a b"@shop.example'),
        *("Zoé\r\nBcc: x@y.example <zoe@shop.example>", "a@[127.0.0.1]", f"{'a' * 65}@shop.example"),
        *(f"zoe@{'a' * 250}.example", "zoe@shop\u2028.example", "zoe\u202e@shop.example"),
    ],
)
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(WrongAddress):
        mailbox(text)


@given(st.text(), st.text())
def test_nothing_that_passes_breaks_a_header(name: str, spec: str) -> None:
    for text in (spec, f"{name} <{spec}@shop.example>", f"{spec}@shop.example", f"{name}@{spec}.example"):
        try:
            box = mailbox(text)
        except WrongAddress:
            continue
        message = EmailMessage(policy=SMTP.clone(utf8=True))
        message["To"] = box.header
        head, _, rest = message.as_bytes().partition(b"\r\n\r\n")
        assert rest == b""
        assert [line[:3] for line in head.split(b"\r\n") if not line.startswith(b" ")][:1] == [b"To:"]
        assert sum(not line.startswith(b" ") for line in head.rstrip(b"\r\n").split(b"\r\n")) == 1
        assert not set(box.address) & set("\r\n <>\0,;")
