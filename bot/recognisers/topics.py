"""Sensitive topics: what a person must handle, recognised by what the speaker means to do.

"How do I see my data?" asks about a rule, and the help centre answers it. "I demand the erasure of my data"
makes a legal request. So each recogniser wants the speaker ("I", "my") and a deed, a threat or a report.
"""

from __future__ import annotations

import re
from enum import StrEnum

from bot.recognisers.plain import any_of, plain


class Topic(StrEnum):
    """The topics that are recognised without the brief saying anything."""

    SELF_HARM = "self_harm"
    LEGAL_THREAT = "legal_threat"
    FRAUD = "fraud"
    DATA_PROTECTION = "data_protection"
    SECURITY_REPORT = "security_report"
    PRESS = "press"


_DATA_EN = (
    r"(?:(?:all )?(?:of )?(?:my|the|our|any) (?:personal |private |own )?(?:data|information|details|"
    r"records)|everything you (?:have|hold|know|store) (?:about|on) me|personal data (?:you (?:hold|have)|"
    r"about me))"
)
_DATA_FR = (
    r"(?:(?:toutes? )?(?:de )?(?:mes|les|nos) (?:donnees|informations|infos) ?(?:personnelles|privees|"
    r"perso)?|tout ce que vous (?:avez|detenez|savez) sur moi)"
)
_GDPR = (
    r"(?:gdpr|rgpd|ccpa|dsgvo|data protection (?:act|law)|loi informatique et libertes|article (?:1[2-9]|"
    r"2[0-2]) (?:of the |du |de la )?(?:gdpr|rgpd|reglement))"
)
_FORMAL_EN = (
    r"i (?:hereby |formally |therefore )*(?:demand|request|require|exercise|invoke|insist|"
    r"am (?:formally )?(?:requesting|exercising|asking|making|demanding))"
)
_FORMAL_FR = (
    r"je (?:vous )?(?:demande|exige|requiers|reclame|sollicite|exerce|souhaite exercer|veux exercer|"
    r"invoque|mets? en demeure)|j'(?:exige|exerce|invoque)|(?:demande|exercice) (?:de mon |du )droit"
)

_RECOGNISERS: dict[Topic, re.Pattern[str]] = {
    Topic.SELF_HARM: any_of(
        r"\b(?:i|i'm|im|i am|i've|i'll)\b.{0,50}\b(?:kill(?:ing)? myself|end(?:ing)? (?:my (?:own )?life|"
        r"it all)|suicidal|commit(?:ting)? suicide|hurt(?:ing)? myself|harm(?:ing)? myself|"
        r"cut(?:ting)? myself|take my (?:own )?life)\b",
        r"\b(?:help me|ways? (?:for me )?to|how (?:to|can i|do i)|quickest way to|"
        r"best way to) (?:self[- ]harm|kill myself|end my (?:own )?life|commit suicide|hurt myself)\b",
        r"\bi(?:'d| would)? (?:just |really )?(?:want|wish|would like) (?:to die|i (?:was|were) dead|"
        r"to be dead|to disappear forever)\b|\bi (?:do not|don't|dont) (?:want to|wanna) (?:live|be alive|"
        r"go on)\b|\bi(?:'d| would) be better off dead\b|\bi(?:'m| am) going to (?:kill myself|end it)\b",
        r"\b(?:je|j'ai|j')\b.{0,40}\b(?:me (?:suicider|tuer|pendre)|m'ouvrir les veines|"
        r"mettre fin a (?:mes jours|ma vie)|en finir avec (?:la|ma) vie|envie de mourir|me faire du mal|"
        r"pensees suicidaires|idees suicidaires|plus envie de vivre|foutre en l'air)\b",
        r"\bje (?:veux|voudrais|vais|prefere) (?:en finir\b|mourir\b|crever\b)|"
        r"\bje (?:ne )?veux plus vivre\b|\bje suis suicidaire\b|\b(?:comment|facons? de) (?:me (?:suicider|"
        r"tuer)|mettre fin a mes jours)\b",
    ),
    Topic.LEGAL_THREAT: any_of(
        r"\b(?:i|we)(?:'ll| will| shall|'m going to| am going to| are going to|'m| am| are| intend to|"
        r" plan to| have|'ve| may| might| would)?(?: now| also| be| have to| no choice but to| definitely|"
        r" immediately)* (?:su(?:e|ing) (?:you|your|the company|maison|this)|tak(?:e|ing) (?:you|this|"
        r"your company|the matter) to (?:court|a judge|my lawyer|small claims)|(?:take|taking|"
        r"start(?:ing)?|begin|initiat\w+|pursu\w+|seek\w*) legal (?:action|proceedings|advice against|"
        r"recourse)|see you in court|press(?:ing)? charges|(?:file|filing|bring|"
        r"lodg\w+) (?:a )?(?:law ?suit|legal (?:claim|complaint|action)|court claim|(?:claim|case) (?:with|"
        r"in|at) (?:the )?(?:small claims|court)))",
        r"\b(?:see you in court|you(?:'ll| will) (?:be )?hear(?:ing)? from my (?:lawyer|solicitor|attorney|"
        r"barrister)|letter before action|class action against you|i(?:'ll| will) sue\b)",
        r"\b(?:my|our) (?:lawyer|solicitor|attorney|barrister|legal team)s? (?:will (?:contact|write|"
        r"be in touch|sue|hear|take|send|file)|is (?:preparing|writing|going to|suing|contacting)|"
        r"has (?:advised|been instructed|told me to sue)|are (?:preparing|going to)|says? (?:you|i can sue|"
        r"that you))",
        r"\b(?:i|we)(?:'ll| will| am|'m| have| 've)? (?:contact(?:ed|ing)?|call(?:ed|ing)?|consult(?:ed|"
        r"ing)?|instruct(?:ed|ing)?|talk(?:ing)? to|spoken to|hire[d]?|hiring) (?:with )?(?:a|my|"
        r"our) (?:lawyer|solicitor|attorney|barrister)\b(?! friend)",
        r"\b(?:report(?:ing)? you|complain(?:ing)? about you) to (?:the )?(?:trading standards|"
        r"consumer (?:protection|rights)|authorities|police|dgccrf|ombudsman|ftc|bbb)\b",
        r"\b(?:je|nous|on)(?: vous| te| n'hesiter\w+ pas a)? ?(?:vais|vas|va|allons|compte|comptons|porte|"
        r"porterai|saisis|saisirai|engage|engagerai|attaque|attaquerai|poursui\w+|assigne\w*|depose\w*|"
        r"suis pret a|m'apprete a)? ?(?:vous )?(?:porter plainte contre (?:vous|votre|maison)|"
        r"plainte contre (?:vous|votre|maison)|attaquer (?:en justice|au tribunal|votre)|"
        r"(?:vous )?poursuivre (?:en justice|devant)|(?:vous )?(?:assigner|trainer) (?:en justice|devant|"
        r"au tribunal)|saisir (?:la justice|le tribunal|la dgccrf|le mediateur|un mediateur)|"
        r"(?:une )?(?:action|procedure) (?:en justice|judiciaire) contre vous|engager des poursuites)",
        r"\bje (?:vais )?(?:porte(?:r)?|depose(?:r)?|porterai|deposerai) plainte\s*(?:$|[.!,]|"
        r"contre (?:vous|votre|maison)|si (?:vous|je|on))",
        r"\bje (?:vous )?(?:attaque|attaquerai|poursuivrai|poursuis|assignerai) (?:en justice|au tribunal|"
        r"devant)|\bje vous (?:attaque|poursuis|assigne|traine)\b.{0,20}\b(?:justice|tribunal)",
        r"\b(?:je (?:vous )?mets en demeure|ceci (?:est|vaut|constitue) (?:une )?mise en demeure|(?:on|"
        r"nous) se (?:reverra|verra|retrouvera) (?:au|devant le) tribunal)",
        r"\b(?:mon|notre) (?:avocat|conseil juridique) (?:va|vous|prendra|prend|prepare|est saisi|"
        r"m'a conseille|se chargera)\b|\bje (?:contacte|consulte|vais (?:contacter|consulter|saisir|"
        r"prendre)|saisis|ai contacte|ai pris|ai saisi) (?:un|mon) avocat\b",
    ),
    Topic.FRAUD: any_of(
        r"\b(?:someone|somebody|a (?:hacker|stranger|thief|scammer)|they|hackers?)(?: else)? (?:has |have |"
        r"is |'s )?(?:used|using|stole|stolen|hacked(?: into)?|accessed|got into|logged in(?:to)?|"
        r"ordered (?:with|on|from|using)|placed (?:an )?orders? (?:with|on|from|using|in)|took over|"
        r"bought (?:\w+ )?(?:with|using)) (?:my|our)\b(?! (?:parcel|package|lamp|idea|phone|photo|name|"
        r"post|content|picture|seat|order))",
        r"\bmy (?:customer |shop |online )?account (?:has been|was|got|is|is being|"
        r"seems to have been) (?:hacked|compromised|taken over|broken into|stolen|used by (?:someone|"
        r"somebody))",
        r"\bi(?:'ve| have)? (?:been|was|got|am being|think i(?:'ve| have)? (?:been|"
        r"was)) (?:\w+ )?(?:scammed|defrauded|a victim of (?:\w+ )?(?:fraud|a scam|identity theft|"
        r"phishing))",
        r"\bi(?:'d| would)? (?:want|like|need|wish|have) to report (?:an? )?(?:fraud|scam|identity theft|"
        r"fraudulent)",
        r"\b(?:fraudulent|unauthori[sz]ed) (?:order|purchase|charge|payment|transaction|debit)s? (?:on|"
        r"from|in|with|using|to) my\b",
        r"\bi (?:never|did not|didn't) (?:placed?|made?|authori[sz]ed?) (?:this|that|any|"
        r"an) order\b.{0,60}\b(?:charged|debited|card|account)",
        r"\b(?:mon|notre) compte (?:client )?(?:a ete|s'est fait|est|vient d'etre) (?:pirate|hacke|vole|"
        r"usurpe|compromis)",
        r"\b(?:quelqu'un|un (?:inconnu|pirate|escroc|voleur)|on)(?: d'autre)? (?:a |m'a |est )(?:utilise|"
        r"vole|pirate|commande avec|passe (?:une|des) commandes? (?:avec|sur|depuis)|usurpe|achete avec|"
        r"entre dans|connecte a) ?(?:avec )?(?:ma (?:carte|cb)|mon (?:compte|identite|iban|rib)|"
        r"mes (?:coordonnees|identifiants|donnees bancaires))",
        r"\b(?:je (?:me suis|viens de me) fait (?:arnaquer|escroquer|pirater|voler (?:ma|mes) (?:carte|cb|"
        r"coordonnees bancaires|identifiants))|j'ai ete (?:victime d'une? (?:fraude|arnaque|escroquerie|"
        r"usurpation|piratage|hameconnage|phishing)|arnaquee?|escroquee?|piratee?)|"
        r"je suis victime d'une? (?:fraude|arnaque|escroquerie|usurpation|piratage))",
        r"\b(?:debit|prelevement|achat|paiement|commande|operation)s? (?:frauduleux|frauduleuse|"
        r"non autorise[es]*)s? (?:sur|avec|depuis) (?:ma|mon|mes)\b",
        r"\bje (?:veux|voudrais|souhaite|dois) (?:signaler|declarer) (?:une? )?(?:fraude|arnaque|"
        r"escroquerie|usurpation)",
    ),
    Topic.DATA_PROTECTION: any_of(
        rf"\b{_FORMAL_EN}\b.{{0,80}}\b(?:erasure|deletion|removal|access|copy|portability|rectification|"
        rf"delete|erase|remove|right)\b.{{0,60}}(?:{_DATA_EN}|{_GDPR}|be forgotten)",
        rf"\b(?:under|pursuant to|according to|in accordance with|as per|"
        rf"based on) (?:the )?{_GDPR}\b.{{0,100}}\b(?:i|my|"
        r"you must|delete|erase|provide|send)\b",
        rf"\b(?:i (?:want|need|would like|wish)|i'd like|please|you must|can you please)(?: (?:you|to|all|"
        rf"immediately|permanently|have))* (?:erase|delete|remove|wipe|destroy|erased?|deleted) {_DATA_EN}",
        rf"\bi (?:want|would like|wish|need)(?: to)? (?:\w+ )?{_DATA_EN} (?:to be )?(?:erased|deleted|"
        rf"removed|wiped)",
        rf"\b{_FORMAL_EN}\b.{{0,60}}\b{_GDPR}|\bi(?:'m| am) (?:making|submitting|"
        rf"filing) an? (?:subject access|data|dsar|gdpr)",
        r"\b(?:this is|consider this) (?:a|my) (?:formal )?(?:gdpr|subject access|data (?:access|erasure|"
        r"deletion)) request",
        r"\bi (?:exercise|am exercising|invoke|want to exercise|wish to exercise|"
        r"would like to exercise) my right",
        rf"\b(?:{_FORMAL_FR})\b.{{0,100}}\b(?:effacement|suppression|acces|copie|rectification|portabilite|"
        rf"oubli|supprimer|effacer|opposition)\b.{{0,60}}(?:{_DATA_FR}|{_GDPR}|a l'oubli)",
        rf"\b(?:{_FORMAL_FR})\b.{{0,60}}\bdroit (?:d'acces|a l'(?:oubli|effacement)|de rectification|"
        rf"d'opposition|a la "
        r"portabilite)",
        rf"\b(?:en vertu|au titre|conformement|selon|en application|sur la base) (?:du |de l'|de la |a l'|"
        rf"au )?(?:\w+ ){{0,2}}{_GDPR}.{{0,100}}\b(?:je|mes|vous devez|supprim|effac|communiqu)",
        rf"\b(?:je (?:veux|voudrais|souhaite|exige|demande)|j'aimerais|merci de|veuillez|vous devez|"
        rf"je vous (?:demande|prie) de)(?: que vous| immediatement| de)* (?:supprim\w+|effac\w+|"
        rf"detrui\w+) {_DATA_FR}",
    ),
    Topic.SECURITY_REPORT: any_of(
        r"\b(?:i|we)(?:'ve| have|'d like to| want to| would like to| need to| wish to)? (?:just |recently |"
        r"think i(?:'ve| have)? )?(?:found|discovered|identified|noticed|spotted|report|disclose|reporting|"
        r"uncovered)\b.{0,50}\b(?:security (?:flaw|hole|issue|bug|vulnerability|problem|breach|leak)|"
        r"vulnerabilit(?:y|ies)|xss|sql injection|csrf|idor|exploit|data (?:leak|breach))",
        r"\bi(?:'m| am) an? (?:security researcher|ethical hacker|pentester|white hat|bug bounty)",
        r"\b(?:responsible disclosure|coordinated disclosure|bug bounty (?:program(?:me)?|report))\b",
        r"\byour (?:site|website|shop|server|api|app)\b.{0,30}\b(?:is vulnerable|has (?:a|an|"
        r"been) (?:\w+ )?(?:vulnerability|security (?:hole|flaw|issue)|xss|hacked|breached)|"
        r"leaks (?:customer|personal|data|other)|exposes)",
        r"\bi can (?:see|access|read|view) (?:the )?(?:other|another|someone else's|"
        r"somebody else's) (?:\w+ )?(?:customer|people|person|user|client|order|account|invoice)",
        r"\b(?:j'ai|nous avons|je viens de|je crois avoir) (?:trouve|decouvert|decouvrir|trouver|identifie|"
        r"detecte|repere)\b.{0,50}\b(?:faille|vulnerabilite|fuite de donnees|injection sql|xss|"
        r"probleme de securite)",
        r"\bje (?:veux|voudrais|souhaite|dois|viens|vous) (?:vous )?(?:signaler|signale|reporter|divulguer|"
        r"rapporter)\b.{0,30}\b(?:faille|vulnerabilite|fuite de donnees|probleme de securite)",
        r"\bje suis (?:chercheur en securite|hacker ethique|pentest\w*)",
        r"\bvotre (?:site|serveur|boutique|api|application)\b.{0,30}\b(?:est vulnerable|a une faille|"
        r"presente une faille|laisse fuiter|a ete pirate|expose (?:les|des) donnees)",
        r"\bje (?:peux voir|vois|accede a|peux acceder a) (?:aux |les |la |l')?(?:\w+ )?(?:des autres|"
        r"d'un autre|d'autres|autres) (?:clients?|personnes?|utilisateurs?|comptes?)",
    ),
    Topic.PRESS: any_of(
        r"\bi(?:'m| am) (?:an? )?(?:\w+ ){0,2}(?:journalist|reporter|news editor|press officer|"
        r"documentary (?:maker|producer)|freelance writer)\b",
        r"\b(?:i (?:write|work|report)|i'm writing|i am writing|writing|we are writing|"
        r"interview(?:ing)?)\b.{0,30}\b(?:for|with) (?:the |a |an )?(?:\w+ ){0,2}(?:newspaper|magazine|"
        r"press|news|tv (?:channel|show|station)|radio|guardian|times|bbc|le monde|figaro|liberation|"
        r"mediapart|podcast)\b",
        r"\b(?:press|media) (?:enquiry|inquiry|request)\b(?= ?(?:$|[:.,!-]|for|from|regarding|about))",
        r"\b(?:i|we)(?:'d| would)? (?:want|like|wish)(?: to)? (?:interview|an interview with) (?:your|the|"
        r"one of your) (?:ceo|founder|director|spokes\w+|company|team)",
        r"\bje suis (?:une? )?(?:journaliste|reporter|redacteur en chef|redactrice|"
        r"correspondant(?:e)? de presse|pigiste)",
        r"\bje (?:travaille|ecris|realise|prepare|redige)\b.{0,40}\bpour (?:le |la |un |une |"
        r"l')?(?:\w+ ){0,2}(?:journal|magazine|presse|radio|chaine|television|tele|monde|figaro|liberation|"
        r"mediapart|parisien|ouest-france|podcast)\b",
        r"\b(?:demande|requete) (?:de )?presse\b(?= ?(?:$|[:.,!-]|pour|de|concernant|au sujet))",
        r"\bje (?:souhaite|voudrais|souhaiterais|aimerais) (?:interviewer|realiser (?:une )?interview|"
        r"une interview)",
    ),
}

_ASKED_AS_RULE = any_of(
    r"^(?:how|where|when|what|which|who|can (?:i|you tell|one)|could (?:i|you tell)|may i|is it possible|"
    r"do (?:i|you)|comment|ou\b|quand|quel\w*|qui\b|puis[- ]je|peut[- ]on|est[- ]ce (?:que|possible)|"
    r"pourrais[- ]je|combien|que faire|a qui)\b"
)
_EVEN_WHEN_ASKED = frozenset({Topic.SELF_HARM, Topic.FRAUD})
"""A question does not make these any less urgent."""


def sensitive_topic(text: str) -> Topic | None:
    """The first topic, the gravest first, that some sentence of the message is about."""
    clauses = _clauses(plain(text))
    for topic, pattern in _RECOGNISERS.items():
        for clause in clauses:
            asked = topic not in _EVEN_WHEN_ASKED and _ASKED_AS_RULE.search(clause)
            if not asked and pattern.search(clause):
                return topic
    return None


def _clauses(folded: str) -> list[str]:
    return [clause.strip() for clause in re.split(r"(?<=[.!?;])\s+|\n+", folded) if clause.strip()]
