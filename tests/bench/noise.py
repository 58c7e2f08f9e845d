"""What people type that is no question: small talk and noise, in French and English."""

from __future__ import annotations

from connectors.benchmark_set import JudgedQuestion

_FRENCH = """Bonjour
bonsoir à tous
Salut ça va ?
merci beaucoup
merci, bonne journée
au revoir
ok
d'accord
super
test
allô ?
il y a quelqu'un ?
tu es un robot ?
comment tu t'appelles ?
raconte-moi une blague
tu es nul
haha
pfff
azertyuiop
??????
quel temps fait-il
je t'aime"""
_ENGLISH = """Hello
good morning
hi there, how are you?
thanks a lot
thank you, have a nice day
bye
ok
got it
great
test
anybody there?
are you a robot?
what is your name?
tell me a joke
you are useless
lol
hmm
qwertyuiop
!!!
asdf asdf
what's the weather like
I love you"""


def noise() -> list[JudgedQuestion]:
    """Nothing answers these."""
    return [
        JudgedQuestion(f"{language}-{number}", text, language, frozenset(), "test", ())
        for language, texts in (("fr", _FRENCH), ("en", _ENGLISH))
        for number, text in enumerate(texts.splitlines())
    ]
