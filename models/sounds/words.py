"""Varied sentences, so that no two simulated talkers say the same thing unless they are meant to."""

from typing import Final

import numpy as np

# openers, names, what happened, when, closers: one sentence takes one of each and two numbers
_WORDS: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "en": (
        ("hello", "good morning", "hi there", "yes", "sorry", "okay listen", "well", "good evening", "right", "thanks"),
        ("Martin", "Sarah", "Mister Cooper", "my sister", "the office", "Doctor Shaw", "Angela", "our driver", "Ben"),
        (
            "called about the delivery",
            "moved the meeting",
            "lost the keys again",
            "paid the invoice",
            "needs the other form",
            "is waiting at the station",
            "forgot the reference",
            "wants to change the booking",
            "asked for a better price",
            "fixed the heating",
        ),
        ("on Monday", "last week", "this afternoon", "at half past nine", "yesterday", "before lunch", "in October"),
        ("is that fine", "call me back", "let me check", "see you then", "I will write it down", "what do you think"),
    ),
    "es": (
        ("hola", "buenos días", "sí", "perdone", "mire", "bueno", "oiga", "gracias"),
        ("Carmen", "mi hermano", "la oficina", "el señor Ruiz", "Lucía", "nuestro vecino"),
        ("llamó por el pedido", "perdió las llaves", "pagó la factura", "cambió la reserva", "espera en la estación"),
        ("el lunes", "la semana pasada", "esta tarde", "ayer", "a las nueve y media", "en octubre"),
        ("le parece bien", "llámeme luego", "déjeme mirar", "hasta entonces", "lo apunto ahora"),
    ),
    "it": (
        ("pronto", "buongiorno", "sì", "mi scusi", "guardi", "allora", "senta", "grazie"),
        ("Giulia", "mio fratello", "l'ufficio", "il signor Conti", "Marco", "la vicina"),
        ("ha chiamato per la consegna", "ha perso le chiavi", "ha pagato la fattura", "aspetta alla stazione"),
        ("lunedì", "la settimana scorsa", "oggi pomeriggio", "ieri", "alle nove e mezza", "in ottobre"),
        ("va bene così", "mi richiami", "controllo subito", "a più tardi", "lo scrivo"),
    ),
    "de": (
        ("hallo", "guten Morgen", "ja", "Entschuldigung", "also", "hören Sie", "gut", "danke"),
        ("Martina", "mein Bruder", "das Büro", "Herr Krüger", "Jonas", "die Nachbarin"),
        (
            "hat wegen der Lieferung angerufen",
            "hat den Schlüssel verloren",
            "wartet am Bahnhof",
            "braucht das Formular",
        ),
        ("am Montag", "letzte Woche", "heute Nachmittag", "gestern", "um halb zehn", "im Oktober"),
        ("passt das so", "rufen Sie zurück", "ich sehe nach", "bis dann", "ich schreibe es auf"),
    ),
    "fr": (
        ("allô", "bonjour", "oui", "pardon", "écoutez", "bon", "alors", "merci"),
        ("Camille", "mon frère", "le bureau", "monsieur Lambert", "Hugo", "la voisine"),
        ("a appelé pour la livraison", "a perdu les clés", "a payé la facture", "attend à la gare"),
        ("lundi", "la semaine dernière", "cet après-midi", "hier", "à neuf heures et demie", "en octobre"),
        ("cela vous va", "rappelez-moi", "je regarde", "à plus tard", "je le note"),
    ),
}


def sentence(rng: np.random.Generator, language: str = "en") -> str:
    """One sentence of everyday telephone talk with two random numbers in it.

    Parameters
    ----------
    rng : numpy.random.Generator
    language : str
        en, es, it, de or fr (a region as in en-us is ignored).

    Returns
    -------
    str

    Raises
    ------
    ValueError
        For another language.
    """
    lists = _WORDS.get(language.split("-", maxsplit=1)[0])
    if lists is None:
        raise ValueError(f"language is one of {', '.join(_WORDS)}, not {language!r}")
    opener, name, event, when, closer = (str(rng.choice(words)) for words in lists)
    number, reference = int(rng.integers(2, 400)), " ".join(str(d) for d in rng.integers(0, 10, rng.integers(2, 6)))
    middle = [f"{name} {event} {when}", str(number), reference]
    order = rng.permutation(len(middle))
    return f"{opener}, {', '.join(middle[i] for i in order)}, {closer}."
