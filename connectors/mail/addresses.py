"""E-mail addresses, parsed where they come in: what has passed here ends no header and begins no command."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.headerregistry import Address

LONGEST = 254
"""Characters of an address (RFC 5321, section 4.5.3.1.3, less the angle brackets)."""
LONGEST_LOCAL_PART = 64


class WrongAddress(ValueError):
    """This is no e-mail address. The message says what one looks like."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    address: str
    """Its domain is in ASCII; what stands before @ may be in any script."""
    name: str = ""

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]

    @property
    def header(self) -> Address:
        local, _, domain = self.address.rpartition("@")
        return Address(self.name, local, domain)


def mailbox(text: str) -> Mailbox:
    """ "Maison Tilleul <support@shop.example>", or the address alone. Raises WrongAddress."""
    named = re.fullmatch(r"([^<>]*)<([^<>]*)>\s*", text)
    name, spec = named.groups() if named else ("", text)
    name = name.strip().strip('"').strip()
    if not name.isprintable() or len(name) > 200:
        raise WrongAddress("the name before an e-mail address is at most 200 readable characters")
    return Mailbox(_address(spec.strip()), name)


def _address(spec: str) -> str:
    local, _, domain = spec.rpartition("@")
    domain = _in_ascii(domain)
    if not (
        _LOCAL_PART.fullmatch(local)
        and _DOMAIN.fullmatch(domain)
        and local.isprintable()
        and len(local.encode()) <= LONGEST_LOCAL_PART
        and len(f"{local}@{domain}".encode()) <= LONGEST
    ):
        raise WrongAddress("this does not look like an e-mail address; it should be like name@example.com")
    return f"{local}@{domain}"


def _in_ascii(domain: str) -> str:
    try:
        return domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""


_LOCAL_PART = re.compile(
    r"[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*"
)  # a dot-atom (RFC 5322, 3.2.3), with letters of any script (RFC 6532)
_DOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*")
