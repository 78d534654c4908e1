"""Words that weigh, in English, German, French and Spanish: numbers, negations, obligations, parties, units.

A word stands for what it means, so that an inflected form, or a number written in digits, is the same. Weak words have
another, frequent sense: they count only where the other side of a change has a number too.
"""

from __future__ import annotations

import re
from itertools import chain


def _spelled(*lists: str, start: int = 1) -> dict[str, int]:
    """Words of each list in rising order as numbers; `/` parts forms of one number."""
    return {
        word: value for words in lists for value, forms in enumerate(words.split(), start) for word in forms.split("/")
    }


_TENS = (
    "ten twenty thirty forty/fourty fifty sixty seventy eighty ninety",
    "zehn zwanzig dreißig/dreissig vierzig fünfzig sechzig siebzig achtzig neunzig",
    "dix vingt/vingts trente quarante cinquante soixante",
    "diez veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa",
)
NUMBERS: dict[str, int] = {
    **_spelled(
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
        "eighteen nineteen",
        "eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn "
        "achtzehn neunzehn",
        "un/une deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize",
        "uno/una dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete "
        "dieciocho diecinueve",
    ),
    **{word: 10 * value for word, value in _spelled(*_TENS).items()},
    **dict.fromkeys(("zero", "null", "zéro", "cero"), 0),
    **dict.fromkeys(("ein", "eine", "einem", "einen", "einer", "eines", "once"), 1),
    **dict.fromkeys(("twice", "double", "zweimal", "doppelt"), 2),
    **dict.fromkeys(("thrice", "triple", "dreimal", "dreifach"), 3),
    **dict.fromkeys(("dozen", "dutzend", "douzaine", "docena"), 12),
    **dict.fromkeys(("hundred", "hundert", "cent", "cents", "cien", "ciento"), 100),
    **dict.fromkeys(("thousand", "tausend", "mille", "mil"), 1000),
    **dict.fromkeys(("million", "millions", "millionen", "millón", "millones"), 1_000_000),
    **dict.fromkeys(("billion", "billions", "milliarde", "milliarden", "milliard", "milliards"), 1_000_000_000),
}
_GERMAN_TENS = {word: 10 * value for word, value in _spelled(_TENS[1]).items() if value > 1}
_GERMAN_ONES = {**_spelled("ein zwei drei vier fünf sechs sieben acht neun")}
NUMBERS.update(
    {f"{one}und{ten}": tens + ones for one, ones in _GERMAN_ONES.items() for ten, tens in _GERMAN_TENS.items()}
)
ORDINALS: dict[str, int] = {
    **_spelled(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth",
        " ".join(
            "/".join(f"{stem}e{end}" for end in ("", "r", "n", "s", "m"))
            for stem in ("erst", "zweit", "dritt", "viert", "fünft", "sechst", "siebt", "acht", "neunt", "zehnt")
        ),
        "premier/première deuxième/seconde troisième quatrième cinquième sixième septième huitième neuvième dixième",
        "primero/primera/primer segundo/segunda tercero/tercera/tercer cuarto/cuarta quinto/quinta sexto/sexta "
        "séptimo/séptima octavo/octava noveno/novena décimo/décima",
    )
}
WEAK_NUMBERS = frozenset(
    re.split(
        r"\s+",
        "one un une uno una ein eine einem einen einer eines eins once null elf acht sept neuf dos seize dix cent "
        "cents mil mille second seconde segundo segunda third first premier première primer primero primera erste "
        "erster ersten erstes erstem double doppelt",
    )
)
NUMBER_WORD = "|".join(sorted(map(re.escape, {*NUMBERS, *ORDINALS}), key=lambda word: (-len(word), word)))


def number_value(words: str) -> str:
    """`twenty-one` as `21`, `sechs` as `6`, `third` as `3.`; what is several numbers as their row."""
    total, row, ordinal = 0, [], False
    for word in re.split(r"[\s-]+", words.casefold()):
        ordinal = word in ORDINALS
        value = ORDINALS[word] if ordinal else NUMBERS.get(word)
        if value is None:
            return words.casefold()
        if value >= 100 and total:
            total *= value
        elif (total >= 20 and total % 10 == 0 and value < 10) or total >= 100 > value:
            total += value
        else:
            if total:
                row.append(str(total))
            total = value
    return " ".join((*row, str(total))) + ("." if ordinal else "")


def _families(**forms: str) -> dict[str, str]:
    """Each word with what it stands for."""
    return {word: family.rstrip("_") for family, words in forms.items() for word in words.split()}


NEGATIONS: dict[str, str] = _families(
    not_="not cannot nicht pas ne non не",
    no="no kein keine keiner keinem keinen keines none aucun aucune ningún ninguno ninguna nenhum nessuno нет",
    never="never nie niemals jamais nunca jamás mai никогда",
    neither="neither nor weder ni",
    nothing="nothing nichts rien nada",
    nobody="nobody niemand",
    without="without ohne sans sin senza sem без",
    unless="unless",
    except_="except excluding ausgenommen außer sauf hormis excepto salvo",
    fail="fail fails failure refuse refuses",
)
OBLIGATIONS: dict[str, str] = _families(
    shall="shall",
    must="must muss müssen musste mussten doit doivent devra devront debe deben deberá deberán",
    may="may might darf dürfen durfte",
    should="should soll sollen sollte sollten devrait devraient debería deberían",
    will="will would",
    can="can cannot could kann können konnte peut peuvent pourra pourront puede pueden podrá podrán",
    required="required requires mandatory obligatory obliged verpflichtet erforderlich zwingend obligatoire tenu "
    "obligatorio obligado",
    optional="optional recommended empfohlen fakultativ facultatif recommandé opcional recomendado",
    prohibited="prohibited forbidden verboten untersagt unzulässig interdit interdite prohibido prohibida",
    permitted="permitted allowed entitled authorised authorized zulässig gestattet berechtigt erlaubt autorisé "
    "autorisée permitido autorizado",
)
PARTIES: dict[str, str] = _families(
    buyer="buyer buyers purchaser purchasers käufer käuferin acheteur acquéreur comprador compradora",
    seller="seller sellers vendor vendors verkäufer verkäuferin vendeur vendedor vendedora",
    supplier="supplier suppliers lieferant lieferanten fournisseur proveedor",
    customer="customer customers client clients kunde kunden cliente",
    contractor="contractor contractors subcontractor auftragnehmer entrepreneur prestataire contratista",
    principal="auftraggeber employer's",
    employer="employer employers arbeitgeber employeur empleador",
    employee="employee employees arbeitnehmer salarié empleado trabajador",
    landlord="landlord lessor vermieter bailleur arrendador",
    tenant="tenant lessee mieter locataire arrendatario",
    licensor="licensor lizenzgeber concédant licenciante",
    licensee="licensee lizenznehmer licencié licenciatario",
    lender="lender lenders darlehensgeber kreditgeber prêteur prestamista",
    borrower="borrower borrowers darlehensnehmer kreditnehmer emprunteur prestatario",
    insurer="insurer versicherer assureur asegurador",
    insured="policyholder versicherungsnehmer assuré asegurado",
    guarantor="guarantor bürge garant garante",
    debtor="debtor schuldner débiteur deudor",
    creditor="creditor gläubiger créancier acreedor",
    agent="agent vertreter mandataire",
    grantor="grantor grantee assignor assignee mortgagor mortgagee",
)
for _word in ("grantor", "grantee", "assignor", "assignee", "mortgagor", "mortgagee", "subcontractor"):
    PARTIES[_word] = _word
del _word
LEGAL_FORM = (
    r"(?:Ltd|Limited|LLC|L\.L\.C|LLP|PLC|Plc|plc|Inc|Incorporated|Corp|Corporation|GmbH|AG|KG|OHG|e\.K|SE|S\.A|SA|SAS|"
    r"S\.A\.S|SARL|S\.à\.r\.l|S\.L|SL|B\.V|BV|N\.V|NV|S\.p\.A|SpA|S\.r\.l|Srl|AB|ApS|Oy|Pty)"
)
TITLE = r"(?:Mr|Mrs|Ms|Dr|Prof|Herrn?|Frau|M|Mme|Mlle|Sr|Sra|Sres)"

CURRENCY_SIGN = r"[$€£¥₹₽₩₪₺฿₫₴]"
CURRENCY_WORD = (
    r"(?:USD|EUR|GBP|CHF|JPY|CNY|CAD|AUD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|INR|BRL|MXN|TRY|RUB|US-?\$|"
    r"[Ee]uros?|[Dd]ollars?|[Pp]ounds? sterling|Pfund|Franken|francs?|pesos?)"
)
PERCENT = r"(?:[%‰‱]|per ?cent|percentage points?|Prozent(?:punkte)?|v\.\s?H\.|pour ?cent|por ?ciento|bps|basis points)"
MONTH = (
    r"(?:Jan(?:uary|uar|vier)?|ene(?:ro)?|Feb(?:ruary|ruar)?|févr?(?:ier)?|febrero|Mar(?:ch|s|zo)?|März|Apr(?:il)?|"
    r"avr(?:il)?|abril|May|Mai|mayo|June?|Juni|juin|junio|July?|Juli|juillet|julio|Aug(?:ust)?|août|agosto|"
    r"Sept?(?:ember|embre)?|septiembre|Oct(?:ober|obre)?|Okt(?:ober)?|octubre|Nov(?:ember|embre)?|noviembre|"
    r"Dec(?:ember)?|Dez(?:ember)?|déc(?:embre)?|dic(?:iembre)?)"
)
#: Month names that are ordinary words too, and abbreviations: they count beside a number only.
WHOLE_MONTH = (
    r"(?:January|Januar|janvier|enero|February|Februar|février|febrero|März|marzo|April|avril|abril|June|Juni|juin|"
    r"junio|July|Juli|juillet|julio|August|août|agosto|September|septembre|septiembre|October|Oktober|octobre|octubre|"
    r"November|novembre|noviembre|December|Dezember|décembre|diciembre)"
)
WEEKDAY = (
    r"(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|Montag|Dienstag|Mittwoch|Donnerstag|Freitag|Samstag|"
    r"Sonnabend|Sonntag|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|lunes|martes|miércoles|jueves|viernes|sábado|"
    r"domingo)"
)
PERIOD = (
    r"(?:seconds?|minutes?|mins?|hours?|hrs?|h|days?|weeks?|fortnights?|months?|quarters?|years?|Sekunden?|Minuten?|Stunden?|"
    r"Tage?n?|Werktage?n?|Kalendertage?n?|Wochen?|Monate?n?|Quartale?n?|Jahre?n?|secondes?|heures?|jours?|semaines?|mois|"
    r"trimestres?|ans?|années?|segundos?|minutos?|horas?|días?|semanas?|mes(?:es)?|años?)"
)
#: Case counts: 5 mW is not 5 MW.
UNIT = (
    r"(?:[kcmµμnd]?m[²³23]?|km/h|m/s²?|mph|[kmµμ]?g|t|kg/m[³3]|lbs?|oz|in|inch(?:es)?|ft|yd|mi|[\"″′]|[mcdhµμ]?[lL]|gal|"
    r"[kMGTm]?W|[kMG]?Wh|[kMmµμ]?V|kVA|VA|[mkµμ]?A|mAh|Ah|[kMmµμ]?Ω|[kMG]?Ohm|[kMG]?Hz|[µμnp]?F|[mµμ]?H|[mkMG]?Pa|[m]?bar|psi|"
    r"[kMm]?N|[kM]?Nm|[kM]?J|kcal|cal|°\s?[CF]|°|K|rpm|min⁻¹|1/min|U/min|dB(?:A)?|lx|lm|cd|mol|ppm|ppb|[kKMGT]?i?B|[kKMGT]?bit/?s?|"
    r"[kMG]bps|px|dpi|pt|[mµμn]s|ha|sq\s?ft|sqm)"
)
SECTION = (
    r"(?:[Ss]ections?|[Cc]lauses?|[Aa]rticles?|[Pp]aragraphs?|[Ss]ubsections?|[Aa]nnexe?s?|[Aa]ppendi(?:x|ces)|[Ss]chedules?|"
    r"[Ee]xhibits?|[Cc]hapters?|[Pp]arts?|[Ff]igures?|[Ff]ig|[Tt]ables?|[Ii]tems?|[Rr]ules?|[Rr]egulations?|Abschnitt|Artikel|Ziffer|Ziff|"
    r"Nummer|Nr|Absatz|Abs|Satz|Anhang|Anlage|Kapitel|Teil|Paragraph|Abbildung|Abb|Tabelle|Tab|[Aa]linéas?|[Cc]hapitres?|"
    r"[Ss]eccion(?:es)?|[Ss]ección|[Aa]rtículos?|[Cc]láusulas?|[Aa]nexos?|[Cc]apítulos?|[Aa]partados?|[Ff]iguras?|[Tt]ablas?|[Aa]rt|[Nn]o|№)"
)
#: Words that are a fact, or are part of one, without a digit beside them.
KEYWORDS = frozenset(
    re.split(
        r"[\s|]+",
        "january februar february januar janvier enero février febrero märz marzo april avril abril june juni juin "
        "junio july juli juillet julio august août agosto september septembre septiembre october oktober octobre "
        "octubre november novembre noviembre december dezember décembre diciembre monday tuesday wednesday thursday "
        "friday saturday sunday montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag lundi mardi "
        "mercredi jeudi vendredi samedi dimanche lunes martes miércoles jueves viernes sábado domingo usd eur "
        "gbp chf jpy",
    )
)

_NEGATING_PREFIXES = ("un", "non", "non-", "dis", "mis", "nicht-", "nicht", "anti", "anti-")
#: Before adjectives only: `invalid` negates `valid`, `inform` does not negate `form`.
_NEGATING_BEFORE_ADJECTIVES = ("in", "im", "il", "ir", "des", "dés")
_ADJECTIVE = re.compile(
    r"(?:able|ible|ent|ant|ite|ate|ct|al|id|ive|ar|ous|ect|ete|ed|le|cy|ity|lich|bar|if|ives?|eux|elle?|ible|ado|ada|ido|ida|ivo|iva)$"
)
_LESS = re.compile(r"^(.{3,})(ful|less|voll|los)$")


def negates(one: str, other: str) -> bool:
    """Whether one of two words is the other with a negating prefix or ending, such as `lawful` and `unlawful`."""
    short, long = sorted((one.casefold(), other.casefold()), key=lambda word: (len(word), word))
    if len(short) >= 3 and long in (f"{short}n't", f"{short}n’t"):
        return True
    if {short, long} in ({"can", "can't"}, {"will", "won't"}, {"shall", "shan't"}, {"is", "isn't"}, {"do", "don't"}):
        return True
    ends = _LESS.match(short), _LESS.match(long)
    if ends[0] and ends[1] and ends[0][1] == ends[1][1] and ends[0][2] != ends[1][2]:
        return True
    if len(short) < 4 or not long.endswith(short):
        return False
    prefix = long[: -len(short)]
    return prefix in _NEGATING_PREFIXES or (
        len(short) >= 5 and prefix in _NEGATING_BEFORE_ADJECTIVES and _ADJECTIVE.search(short) is not None
    )


def families(table: dict[str, str], words: list[str]) -> list[str]:
    """What the words of a text stand for in one table, sorted."""
    return sorted(chain.from_iterable((table[word],) for word in words if word in table))
