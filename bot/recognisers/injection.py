"""Messages that talk to a language model instead of asking the shop: prompt injection and jailbreaks.

A quoted answer cannot be talked into anything; this keeps such a text out of the queue and, where a model
is configured, away from it. Families after OWASP LLM01:2025 and the categories of garak's probes. Each
signal has a weight, because customers also write "ignore my last e-mail" and "act as my contact": one
strong signal or two weak ones are needed.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote_plus

from bot.recognisers.plain import any_of, plain
from bot.sentences import sentences

ENOUGH = 2
"""Weight from which a text is taken for an attack."""
LONG_PROMPT = 700
"""A customer's question is shorter; at this length what is left beside an attack is more of the attack."""


@dataclass(frozen=True, slots=True)
class _Signal:
    name: str
    weight: int
    pattern: re.Pattern[str]


_ORDERS = (
    r"(?:instructions?|directions?|directives?|prompts?|guidelines?|guard ?rails?|constraints?|programming|"
    r"safety (?:rules?|checks?|guidelines?|policies|protocols?)|consignes?|regles?|istruzion[ei]|regole|"
    r"instruccion(?:es)?|reglas|anweisung(?:en)?|regeln|vorgaben|rules)"
)
_EARLIER = (
    r"(?:all|any|every|previous|prior|above|earlier|preceding|former|initial|original|your|these|"
    r"the system|toutes?|tous|precedente?s?|anterieure?s?|initiales?|tes|vos|ces|tutte|precedenti|tue|"
    r"todas|anteriores|tus|previas|alle|vorherigen|bisherigen|deine|ihre|obigen)"
)
_IGNORE = (
    r"(?:ignor(?:e[rz]?|ing|a|ar|iere|ieren)|disregard|forget|override|bypass|neglect|skip|drop|discard|"
    r"oubli(?:e[rz]?|ons)|ne (?:tiens|tenez) (?:pas|plus) compte d|fai(?:s|tes) abstraction d|"
    r"contourne[rz]?|olvid[ae]|dimentica|vergiss|vergessen sie|missachte)"
)
_SHOW = (
    r"(?:show|reveal|print|repeat|output|display|tell|give|share|write|leak|dump|expose|disclose|recite|"
    r"echo|what (?:is|are|was|were)|what's|list|return|see|provide|copy|paste|type|summari[sz]e|describe|"
    r"explain|translate|encode|enumerate|convert|complete|quote|access|extract|export|read|know|resume|"
    r"traduis|decris|explique|montre|revele|affiche|repete|donne|ecris|dis|recopie|quelles? (?:est|sont)|"
    r"rivela|mostra|revela|muestra|dime|zeige?|verrate|gib)"
)
_SECRET_TEXT = (
    r"(?:(?:system|initial|hidden|original|developer|secret|internal|pre|operating|underlying|"
    r"base)[- _]*(?:prompt|instructions?|messages?|configuration|directives?|guidelines?|preamble)|"
    r"systemprompt|system-prompt|prompt (?:systeme|initial|di sistema|del sistema|cache)|(?:instructions|"
    r"consignes) (?:systeme|initiales|cachees|internes|secretes|del sistema|di sistema)|"
    r"istruzioni (?:di sistema|iniziali)|instrucciones (?:del sistema|iniciales)|systemanweisung(?:en)?)"
)
_UNBOUND = (
    r"(?:no|without|without any|free (?:of|from)(?: all| any)?|not bound by(?: any)?|freed? from(?: the|"
    r" all)?|not have|no longer (?:bound by|have(?: to follow)?)|sans(?: aucune?)?|senza|sin|ohne|"
    r"keine) (?:\w+ ){0,3}?(?:restrictions?|limits?|limitations?|filters?|rules|content polic\w+|moral\w*|"
    r"ethic\w*|guidelines|censorship|boundaries|confines|limites?|filtres?|regles|restricciones|filtros?|"
    r"restrizioni|filtri|einschrankungen|filter)"
)

_SIGNALS = (
    # Away with the orders
    _Signal(
        "override",
        2,
        re.compile(
            rf"\b{_IGNORE}\b(?! my| mes| ma| mon)(?:\W+\w+){{0,3}}?\W+{_EARLIER}\b(?:\W+(?!my\b|delivery|"
            rf"shipping)\w+){{0,3}}?\W+{_ORDERS}\b"
        ),
    ),
    _Signal(
        "override_everything",
        2,
        any_of(
            rf"\b{_IGNORE} (?:all |everything |tout |anything )?(?:that was |that is |ce qui )?(?:the )?"
            r"(?:above|said before|you (?:were|have been|got) (?:told|given)|qui precede|ci-dessus)\b",
            rf"\b{_IGNORE} (?:everything|all|tout) (?:you|that|ce que|the|before|above)",
            rf"\b{_IGNORE} (?:toutes |tous )?(?:les |tes |vos )(?:instructions|consignes|regles)\b",
            r"\b(?:your |the )?new (?:instructions?|rules|task|directive|system prompt)\s*(?:is|are|:)",
            r"\b(?:nouvelles? (?:instructions?|consignes?|regles)|neue anweisung(?:en)?|"
            r"nuev[ao]s? instruc\w+|nuove istruzioni)\s*:",
            r"\bskip (?:all |any )?(?:safety|security|the) (?:checks?|confirmations?)",
            r"\bsafety (?:guidelines|rules|checks|filters) (?:were|are|do|did)(?: not|n't)",
        ),
    ),
    # Show what is hidden
    _Signal("hidden_prompt", 2, re.compile(rf"\b{_SHOW}\b.{{0,60}}\b{_SECRET_TEXT}\b")),
    _Signal("names_the_prompt", 2, re.compile(r"\bsystem[-_ ]?prompt\b|\bsystemprompt\b")),
    _Signal(
        "hidden_instructions",
        2,
        any_of(
            rf"\b{_SHOW}\b.{{0,40}}\b(?:your|tes|vos|tue|tus|deine)\b.{{0,20}}\b{_ORDERS}",
            rf"\b{_SHOW}\b.{{0,40}}\byour (?:\w+ )?(?:instructions?|directives?|programming|prompt|"
            rf"configuration)\b",
            rf"\b{_SHOW}\b (?:\w+ ){{0,3}}your (?:rules|guidelines|constraints|limitations)\W*$",
            r"\bhow (?:were|are) you (?:configured|programmed|instructed|prompted|set up to (?:answer|"
            r"respond))\b",
            r"\binstructions? (?:that )?(?:you (?:were|have been|got|received|are)|given to you)",
            r"\b(?:instructions|consignes) (?:que )?(?:tu as|vous avez|on t'a|on vous a)\b.{0,20}(?:recu|"
            r"donne)",
            r"\bwhat (?:were you|have you been|are you) (?:told|instructed|programmed|asked) (?:to|before|"
            r"at|by|not)",
            r"\b(?:written|said|text|words|everything|message|content)s? (?:(?:that is|that was|was|"
            r"is) )?above (?:this|starting|beginning|verbatim)",
            r"\brepeat (?:\w+ ){0,3}(?:above|everything|conversation|verbatim|word for word)",
            r"\b(?:starting|beginning|begin|start)s? with ['\"]?you are\b",
            r"\bcontext window\b.{0,60}\b(?:message|system|everything|output)|\b(?:output|print|"
            r"dump)\b.{0,30}\bcontext window",
            r"\b(?:training data|chain of thought|hidden rules)\b.{0,20}\b(?:verbatim|reveal)|"
            r"\breveal\b.{0,20}\b(?:training data|chain of thought|hidden rules|secrets?)\b",
            r"\bmot pour mot\b.{0,60}\b(?:instructions|consignes|prompt)",
        ),
    ),
    # Be somebody else
    _Signal(
        "unbound",
        2,
        re.compile(
            rf"\b(?:you|ai|assistant|bot|chatbot|model|mode|tu|vous|eres|sei|du|answers?|respon[ds]\w*|it|"
            rf"dan)\b.{{0,80}}\b{_UNBOUND}\b"
        ),
    ),
    _Signal(
        "jailbreak",
        2,
        any_of(
            r"\bdo anything now\b|\banything now\b",
            r"\bjail ?brea?k(?:ed|s|ing)?\b",
            r"\b(?:developer|dev|debug|maintenance|god|admin|sudo|dan|unrestricted|unfiltered|evil|stan|"
            r"opposite) mode\b.{0,80}\b(?:you|enabled|display|activ|output|respon|now|on)\b",
            r"\b(?:enter|enable|activate|in|switch to|activer?|passe en|modo|en mode|"
            r"entwickler) ?(?:\w+ )?(?:developer|debug|maintenance|god|unrestricted|dan|desarrollador|"
            r"developpeur|entwickler)[- ]?mod",
            r"\bmodo (?:desarrollador|dios|sviluppatore)\b|\bmode (?:developpeur|sans restriction|"
            r"debridee?)\b",
            r"\byou are no longer (?:an? )?(?:\w+ ){0,2}(?:bot|assistant|chatgpt|gpt|ai|bound|limited)",
            r"\b(?:completely |totally )?(?:amoral|immoral|unethical|unfiltered|uncensored|"
            r"nonmoral)\b.{0,60}\b(?:ai|a\.i|chat ?bot|model|assistant|character|bot|persona|answers?|"
            r"response)\b",
            r"\b(?:ai|chat ?bot|model|character|assistant|bot)\b.{0,80}\b(?:amoral|immoral|unfiltered|"
            r"uncensored|no (?:moral|ethic)\w*|evil)\b",
            r"\bno matter (?:how|what|if|whether)\b.{0,60}\b(?:dangerous|illegal|unethical|immoral|"
            r"inhumane|legal)",
            r"\b(?:regardless|without (?:any )?regards?)\b.{0,40}\b(?:legality|morality|ethic\w*|content|"
            r"safety)",
            r"\binsert (?:your )?(?:prompt|question) here\b|\[your prompt\b",
            r"\b(?:chatgpt|gpt-?\d|openai)\b.{0,200}\b(?:pretend|act as|role ?-?play|you will|going to|"
            r"immerse|play the role|polic)",
            r"\b(?:pretend|act as|role ?-?play|you will)\b.{0,200}\b(?:chatgpt|openai)\b",
        ),
    ),
    *(
        _Signal(name, 1, any_of(*patterns))
        for name, *patterns in (
            (
                "you_are_now",
                r"\byou are (?:now|going to|to|hereby)\b|\byou're (?:now|going to)\b",
                r"\b(?:tu es|vous etes|tu seras|ahora eres|eres ahora|ora sei|du bist) (?:maintenant|"
                r"desormais|ahora|jetzt|ora)\b",
                r"\bahora (?:eres|estas)\b|\bora sei\b",
            ),
            (
                "from_now_on",
                r"\bfrom (?:now|this (?:point|moment)) on(?:ward)?s?\b",
                r"\ba partir de maintenant,? (?:tu|vous)\b|\bab (?:sofort|jetzt)\b.{0,20}\b(?:du|gibst|"
                r"bist)\b",
            ),
            (
                "act_as",
                r"\b(?:act|behave|function|operate) (?:as|like)\b|\bpretend(?:ing)? (?:to|you|that)\b|"
                r"\brole ?-?play",
                r"\b(?:play|take on|assume|adopt) the (?:role|persona|character)\b|\btransform into\b|"
                r"\bsimulat(?:e|or|ion)\b",
                r"\bagis comme\b|\bcomporte-toi\b|\bfais semblant\b|\bjoue le role\b",
            ),
            (
                "i_want_you_to",
                r"\bi(?:'d like| want| need| would like) you to (?:act|pretend|imagine|be|simulate|become|"
                r"ignore|play|answer|respond)\b",
            ),
            (
                "you_must",
                r"\byou (?:must|will|can|should|shall|are to|may) (?:always|never|not|only|now|also|"
                r"respond|answer|reply|say|do|act|be)\b",
            ),
            (
                "your_answers",
                r"\byour (?:next |first |every |each )?(?:response|answer|reply|output|message|task|role|"
                r"goal|purpose|character|personality)s?\b",
            ),
            (
                "answer_as",
                r"\b(?:respond|reply|answer|write|speak|start|begin)\b.{0,30}\b(?:as|like|with|in the form|"
                r"in character|only)\b.{0,60}[:\"\[(]",
            ),
            (
                "fiction",
                r"\b(?:fictional|hypothetical|imaginary) ",
                r"\b(?:immerse yourself|(?:stay|remain|break) (?:in )?character|alter ego)\b",
                r"\b(?:two|2|dual) (?:\w+ )?(?:personalit|person|response|paragraph)",
            ),
            (
                "made_up_ai",
                r"\b(?:i am|you are|named?|called|model|ai) \w*gpt\b|\badvanced (?:ai|"
                r"artificial intelligence)\b|\bsentient\b",
            ),
            (
                "no_refusing",
                r"\b(?:cannot|can't|never|do not|don't|must not|won't|doesn't) (?:ever )?(?:refuse|reject|"
                r"decline|deny|say no|apologi[sz]e|warn)\b",
                r"\b(?:comply|obey|complies|obeys)\b|\bstay in\b.{0,20}\bmode\b",
            ),
        )
    ),
    _Signal(
        "speaks_of_models",
        1,
        re.compile(r"\b(?:chat ?gpt|gpt-?\w+|llm|language model|openai|ai model|as an ai|prompt(?:s|ed)?)\b"),
    ),
    _Signal(
        "wants_harm",
        1,
        re.compile(
            r"\b(?:illegal|unethical|immoral|toxic|profanity|swear words|unhinged|harmful|graphic(?:ally)?|"
            r"erotic|unrestricted|any question|unquestioning\w*|without hesitation|never refuse|"
            r"any warning)\b"
        ),
    ),
    # Forged ends and beginnings
    _Signal(
        "delimiter",
        2,
        any_of(
            r"<\|(?:im_start|im_end|system|endoftext|end|assistant|user)\|?>",
            r"\[/?(?:inst|system|sys)\]|<</?sys>>|</?(?:system|instructions?|system_prompt)>",
            r"#{2,} ?(?:end of|system|new|instruction|begin|user input)",
            r"[-=]{3,} ?(?:end of|begin) (?:user|system|prompt|input|instructions)",
            r"(?:^|[#\]>.!?] )(?:system|assistant|developer|admin)(?: (?:message|override|note|update|"
            r"alert))?: ?(?=\w)",
            r"\bsystem (?:override|alert|update)\b ?[:!-]",
        ),
    ),
    # Carry something out
    _Signal(
        "exfiltration",
        2,
        any_of(
            r"\b(?:collect|send|email|e-mail|forward|export|leak|output|dump|gather|upload|list|give me|"
            r"show me|transmit|post|copy|print|reveal|rassemble[rz]?|envoie|envoyez|exporte[rz]?|transmets|"
            r"affiche|donne-moi|invia|esporta|envia|exporta|sende|gib|gibst|"
            r"zeige)\b.{0,60}\b(?:customer (?:list|emails?|database|records|data)|user (?:database|list|"
            r"records|passwords)|raw (?:\w+ )?database|api[- _]?keys?|credentials|"
            r"all (?:the )?(?:customers?|users?|passwords)|other (?:customers?|users?)|"
            r"donnees (?:des )?clients|liste (?:complete )?des clients|base de donnees|cles? d'?api|"
            r"autres clients|dati (?:dei )?clienti|datos de (?:los )?clientes|lista de clientes|"
            r"kundendaten|internen daten|kundenliste)\b",
            r"\b(?:all|every) (?:customer|user|client)s?'? (?:data|emails?|passwords?|addresses|records|"
            r"orders)\b",
            r"!\[[^\]]*\]\(https?://[^)]*[?&=]|<img[^>]+src=|<script\b|\bexfiltrat",
            r"\bconsole\.log\(|\bprint\((?:system|prompt)",
            r"\b(?:grant|give) (?:this user|me|the user) (?:admin|root|full|elevated)\b",
            r"; ?drop table\b|\bor 1 ?= ?1\b",
        ),
    ),
    _Signal(
        "tool_call",
        2,
        re.compile(
            r"\b(?:use|call|invoke|run|execute|trigger|then)\b.{0,20}\b(?:send_\w+|\w+_email|delete_\w+|"
            r"\w+_tool|\w+_file|\w+_url|http_\w+|fetch_\w+|shell|exec|transfer_\w+)\b"
        ),
    ),
    # Orders to whoever reads this
    _Signal(
        "to_the_reader",
        2,
        any_of(
            r"\b(?:ai|llm) (?:agents?|assistants?|models?|systems?)\b.{0,80}\b(?:should|must|shall|need to|"
            r"are to)\b",
            r"\b(?:note|message|instruction|attention|important|reminder)s? (?:to|for) (?:the |any )?(?:ai|"
            r"llm|assistant|agent|model|chatbot|bot)s?\b",
            r"\bwhen (?:you|the (?:ai|assistant|agent|model)) (?:process|summari[sz]e|read|handle|review|"
            r"reply)\w*\b.{0,60}\b(?:also|append|include|send|email|forward|add|call)\b",
            r"\b(?:append|add|insert|include|integrate|embed|mention|enhance|modify|begin|end|"
            r"put)\b.{0,120}\b(?:to|in|into|of|with|at the end of)? ?your (?:reply|response|answer|output|"
            r"summary|final answer)s?\b",
            r"\b(?:enhance|modify|encrypt|encode|reverse|translate|rewrite|alter|change|end|begin|start|"
            r"represent) (?:all )?your (?:next )?(?:answer|response|reply|output|message)s?\b",
            r"\b(?:reply|respond|answer) (?:only )?(?:in|with|using) (?:reverse|base ?64|binary|emoji|"
            r"cipher|morse|rot13|hex)",
            r"\b(?:use|using) emojis? to (?:represent|replace|answer)",
            r"\bencode your\b|\bcaesar cipher\b|\bto represent your answer\b",
            r"\b(?:do|does|execute|follow)\b.{0,20}\b(?:what (?:it|the string|the text) says|"
            r"decoded (?:text|instructions?))",
            r"\bwithout (?:asking|telling|informing|notifying) (?:again|the user|anyone|them)\b|"
            r"\bdo not (?:tell|inform|mention (?:this )?to|notify) the (?:user|customer)\b",
            r"\buser has (?:granted|given) (?:permission|consent)\b",
            r"\{canary\}",
        ),
    ),
)

_BLOB = re.compile(r"[A-Za-z0-9+/]{20,}={0,2}")
_HEX = re.compile(r"\b(?:[0-9a-fA-F]{2}[ :]?){12,}\b")
_BINARY = re.compile(r"\b(?:[01]{8} ?){8,}")
_CHARACTER_CODES = re.compile(r"\b(?:(?:3[2-9]|[4-9]\d|1[01]\d|12[0-6])[ ,;]+){8,}")
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})")
_SPACED = re.compile(r"\b(?:\w[ .\-_*]){5,}\w\b")
_LEET = str.maketrans("0134578@$", "oieastbas")
_TAG_BLOCK = range(0xE0020, 0xE007F)


def injection_in(text: str) -> str | None:
    """The name of the strongest signal when this text is an attack, else None."""
    if any(ord(c) in _TAG_BLOCK for c in text):
        return "invisible_text"
    read = plain(text)
    name = _attack(read)
    if name is not None:
        return name
    undone = {plain(hidden) for hidden in _disguises(text)} - {read}
    return "disguised" if any(map(_attack, undone)) else None


def beside_injection(text: str) -> str:
    """What a customer asks besides an attack: the sentences that are none. Empty for a pure attack."""
    if len(text) > LONG_PROMPT:
        return ""
    kept = [text[s:e] for s, e in sentences(text) if not _weight(plain(text[s:e]))]
    rest = " ".join(kept).strip()
    return rest if any(_is_asking(sentence) for sentence in kept) else ""


def _attack(folded: str) -> str | None:
    found = [signal for signal in _SIGNALS if signal.pattern.search(folded)]
    if sum(signal.weight for signal in found) < ENOUGH:
        return None
    return max(found, key=lambda signal: signal.weight).name


def _weight(folded: str) -> int:
    return sum(signal.weight for signal in _SIGNALS if signal.pattern.search(folded))


_ASKING = any_of(
    r"\?\s*$",
    r"^(?:how|when|where|what|which|who|why|can|could|do|does|is|are|may|will|i (?:want|need|would like|"
    r"cannot|can't)|my (?:order|parcel|account|card|invoice)|comment|quand|ou|quel|quelle|quels|quelles|"
    r"qui|pourquoi|combien|puis-je|peut-on|est-ce|je (?:veux|voudrais|souhaite|n'arrive)|ma commande|"
    r"mon (?:colis|compte))\b",
)


def _is_asking(sentence: str) -> bool:
    return _ASKING.search(plain(sentence)) is not None


def _disguises(text: str) -> Iterator[str]:
    """The text as it would read undone: decoded, turned round, letters put together, digits for letters."""
    yield text[::-1]
    yield codecs.encode(text, "rot13")
    yield _SPACED.sub(lambda m: re.sub(r"[ .\-_*]", "", m.group()), text)
    yield text.translate(_LEET)
    yield _latin_look(text)
    yield " ".join(word[::-1] for word in text.split())
    yield html.unescape(unquote_plus(text))
    yield _ESCAPE.sub(lambda m: chr(int(m.group(1) or m.group(2), 16)), text)
    for blob in _BLOB.findall(text):
        yield from _decoded_base64(blob)
    for blob in _HEX.findall(text):
        yield _printable(bytes.fromhex(re.sub(r"[ :]", "", blob)))
    for blob in _CHARACTER_CODES.findall(text):
        yield "".join(chr(int(code)) for code in re.findall(r"\d+", blob))
    for blob in _BINARY.findall(text):
        yield _printable(bytes(int(octet, 2) for octet in blob.split()))


def _decoded_base64(blob: str) -> Iterator[str]:
    stem = blob.rstrip("=")
    try:
        yield _printable(base64.b64decode(stem[: len(stem) // 4 * 4]))
    except (binascii.Error, ValueError):
        return


def _printable(data: bytes) -> str:
    return data.decode("utf-8", errors="ignore")


_LOOKALIKES = str.maketrans("аеорсухіѕԁһ", "aeopcyxisdh")


def _latin_look(text: str) -> str:
    """Cyrillic letters that look Latin, and full-width or mathematical ones, as the plain letters."""
    return unicodedata.normalize("NFKC", text).translate(_LOOKALIKES)
