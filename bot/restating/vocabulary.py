"""The words of a sentence that say something, as keys that are equal where two words mean the same.

Function words say nothing here: what turns a sentence ("not", "only", "before") and who does what have
rules of their own. Words are held for the same only where this file says so.
"""

from __future__ import annotations

import re
from functools import lru_cache

from bot.recognisers.plain import plain
from bot.restating.facts import legible
from knowledge.lexical import stems, words

_FUNCTION_WORDS = {
    "en": """
        a an the this that these those it its itself they them their theirs he she his her him we us our
        ours you your yours yourself i me my mine ones who whom whose which what where why how there here
        am is are was were be been being do does did doing done have has had having will would shall of
        in on at to for from by with into onto about as than then so and but or nor if also too very just
        even either per via through during between among over under up down out upon within can could may
        might must should cannot not no only s t re ve ll d m don doesn didn isn aren wasn won get gets
        got please simply yes ok well while when whenever once until till because since whether any some
        each every all always some sometimes unless except excluding excluded only solely exclusively
        instead rather outside before after prior least most maximum minimum approximately roughly around
        cannot must should required within
        """,
    "fr": """
        le la les l un une des du de d au aux a ce cet cette ces ca cela ceci c celui celle ceux celles
        ci il elle ils elles on nous vous tu te toi je me moi m j se s soi y en lui leur leurs notre nos
        votre vos ton ta tes son sa ses mon ma mes qui que quoi qu dont ou quel quelle quels quelles
        comment pourquoi combien quand lorsque lorsqu est es etes sont suis sommes etre ete etait etaient
        sera seront serez soit soient ai as avons avez ont avoir eu aura auront aurez et mais donc or ni
        car si dans sur sous par pour avec chez vers entre sans depuis pendant durant lors afin comme
        ainsi alors puis ensuite aussi tres bien plus moins tout toute tous toutes chaque toujours ne n
        pas t sauf hormis hors seul seule seuls seules seulement uniquement exclusivement condition avant
        apres jusque jusqu jusqu'a maximum minimum environ certains certaines parfois aucun aucune jamais
        rien ni sous dehors lieu plutot bout obligatoire necessaire requis doit veuillez merci svp simplement
        oui non ici la-bas via
        """,
}
_SOFT_WORDS = {
    # They carry no claim of their own in a help centre's sentence.
    "en": """
        customer customers case simply following directly possible possibly able note want wish like need
        needed needs case way ways thing things take takes taken bring make makes made give gives given
        go goes available
        """,
    "fr": """
        client clients cliente clientes cas possible possibilite possibilites facon maniere souhaitez
        souhaite souhaitent voulez veut veulent desirez besoin suffit noter directement faire fait faites
        fais disposez dispose disposent disponible disponibles peut peuvent pouvez pouvoir pouvons peux
        doit doivent devez devoir faut
        """,
}
_PHRASES = {
    # Several words that are one: what is on the left is read as what is on the right.
    "en": (
        (r"\bfree of charge\b|\bfor free\b|\bcosts? nothing\b", "free"),
        (r"\b(?:at )?no (?:extra |additional )?(?:cost|charge)\b", "free"),
        (r"\b(?:sen[dt]s?|sending|ship(?:s|ped)?|bring|brought|give) (?:\w+ ){0,3}?back\b", "return"),
        (r"\bpick(?:ed|s|ing)? (?:\w+ )?up\b|\bpick-?ups?\b", "pickup"),
        (r"\bmoney back\b", "refund"),
        (r"\b(another|similar|new|this|that|which|the|every|each) one\b", r"\1"),
        (r"\bno one\b", "nobody"),
        (r"\bsome(?:one|body) else\b", "another person"),
        (r"\be-?mails?\b", "email"),
        (r"\bparcel shops?\b|\bpickup points?\b|\bpick-up points?\b", "parcelshop"),
        (r"\blog(?:ging)? ?in(?:to)?\b|\bsign(?:ing)? ?in(?:to)?\b", "login"),
        (r"\b(?:starting|counting|counted) from\b", "from"),
        (r"\bwe (?:will )?(?:contact|call) you\b", "we contact you"),
    ),
    "fr": (
        (r"\bsans (?:aucuns? )?frais(?: supplementaires?)?\b", "gratuit"),
        (r"\bne coute(?:nt)? rien\b|\ba titre gracieux\b", "gratuit"),
        (r"\be-?mails?\b|\bcourriels?\b|\bmails?\b|\bcourriers? electroniques?\b", "email"),
        (r"\bpoints? relais\b|\brelais colis\b|\bpoints? de retrait\b", "pointrelais"),
        (r"\bmettre a jour\b", "modifier"),
        (r"\ba (?:compter|partir) d[eu']", "de"),
        (r"\bmoyens? de paiement\b", "moyen paiement"),
    ),
}  # fmt: skip
_SAME = {
    # Each line is one meaning. Written as words; compared as stems.
    "en": """
        return returns returned returning
        refund refunded reimburse reimbursed reimbursement repay
        free complimentary gratis
        cost costs price prices charge fee fees priced
        buy bought purchase purchased
        receive received receives receipt reception
        send sent ship shipped shipping dispatch dispatched
        deliver delivery delivered
        parcel parcels package packages
        item items product products article articles
        contact write
        choose chosen select pick choice
        change modify edit update
        allow allowed permit permitted
        exchange swap
        keep kept hold held
        last lasts valid validity
        period deadline
        order orders ordered
        warranty guarantee guaranteed
        cancel cancelled cancellation
        account profile
        pay paid payment payable
        begin begins start starts
        show shown display displayed
        use used using usable
        invoice invoices bill bills
        fault faulty defect defective defects
        broken damaged damage breakage break
        print printed printing
        sign signature signed
        help assist assistance
        enter type fill
        click press tap
        delete remove erase deletion
        store shop
        extend extended extension
        keep kept
        sell sold
        leave left
        write written wrote
        choose chosen
        """,
    "fr": """
        retour retours retourner retourne renvoyer renvoi renvoyez renvoie rendre rendu rendez
        remboursement rembourser rembourse rembourses remboursees remboursee
        gratuit gratuite gratuits gratuites gratuitement offert offerte offerts offertes
        cout coute coutent prix tarif tarifs frais
        acheter achat achete achats achetez
        reception recevoir recu recue recevez
        envoi envoyer expedition expedier expedie expediee envoye envoyons
        livraison livrer livre livrons livree
        colis paquet paquets
        article articles produit produits
        contacter ecrire joindre contactez ecrivez
        choisir choix choisissez selectionner selectionnez
        modifier changer modification changement modifiez changez
        echange echanger echangez
        conserver garder garde conservez gardez conservation
        valable valables validite
        delai delais periode duree
        commande commander commandes commandez
        garantie garantir garantit garanti
        annuler annulation annulez annulee
        compte profil
        payer paiement reglement regler payez reglez
        debuter commencer
        afficher affiche
        utiliser utilisation utilisez
        apparaitre apparait
        facture factures
        defaut defectueux defectueuse defauts panne
        casse cassee endommage endommagee abime abimee casser
        imprimer imprimez impression
        aider aide
        saisir saisissez entrer entrez taper
        cliquer cliquez appuyez
        supprimer suppression supprimez effacer
        boutique magasin
        prolonger prolonge prolongee prolongation
        renseignement information informations renseignements
        deposer depot deposez
        demande demander demandez
        presenter presentation presentez
        couvrir couvre couvrent couvert couverte couverts couvertes
        vendre vend vendu vendue vendus vendues vente
        prendre prenez pris prise prises
        mettre mettez mis mise mises
        inclure inclus incluse compris comprise
        ouvrir ouvre ouvrez ouvert ouverte
        """,
}
_ADDABLE = {"en": "item parcel", "fr": "article colis"}
"""What nearly every sentence of a shop is about: naming it claims nothing."""
_NUMBER = re.compile(r"\d")
_CURRENCY = re.compile(
    r"(?<=\d) ?(?:euros?|eur|usd|dollars?|gbp|pounds?|chf|francs? suisses?|swiss francs?)\b"
)
SHORTEST_ROOT = 5
LONGEST_ENDING = 3
"""Letters: « acceptons » and « acceptez » are one word although their stems differ."""


@lru_cache(maxsize=20_000)
def telling(text: str, language: str) -> tuple[str, ...]:
    """The keys of the words that say something, in order. Figures are not among them."""
    return tuple(
        _key(word, language)
        for word in words(_joined(_CURRENCY.sub(" ", plain(legible(text, language))), language))
        if len(word) > 1 and not _NUMBER.search(word) and word not in _silent(language)
    )


def are_one(key: str, other: str) -> bool:
    """Whether two keys are one word: the same, or a root and the root with an ending."""
    if key == other:
        return True
    short, long = sorted((key, other), key=len)
    return len(short) >= SHORTEST_ROOT and len(long) - len(short) <= LONGEST_ENDING and long.startswith(short)


def may_be_added(key: str, language: str) -> bool:
    return key in telling(_ADDABLE.get(language, ""), language)


def _joined(text: str, language: str) -> str:
    for pattern, meaning in _PHRASES.get(language, ()):
        text = re.sub(pattern, meaning, text)
    return text


@lru_cache(maxsize=8)
def _silent(language: str) -> frozenset[str]:
    return frozenset(f"{_FUNCTION_WORDS.get(language, '')} {_SOFT_WORDS.get(language, '')}".split())


@lru_cache(maxsize=50_000)
def _key(word: str, language: str) -> str:
    stem = stems(word, language)[0]
    meanings = _meanings(language)
    return meanings.get(stem) or next((m for known, m in meanings.items() if are_one(stem, known)), stem)


@lru_cache(maxsize=8)
def _meanings(language: str) -> dict[str, str]:
    """Stem → the first stem of its line."""
    found: dict[str, str] = {}
    for line in _SAME.get(language, "").splitlines():
        group = [stem for word in line.split() for stem in stems(word, language)]
        for stem in group:
            found.setdefault(stem, group[0])
    return found
