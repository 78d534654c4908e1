"""What a language model says, held against what the documents say: a sentence that claims more is not shown.

A model may obey a text in a document, or invent. So of its words only those are shown that stand on evidence: its
quotes are there letter by letter, its numbers and names are those of the evidence, it gives no verdicts of its own,
and most of its other words are the evidence's or say nothing by themselves.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from core.faces.plain import shown
from core.searching.folding import folded
from core.searching.languages import SMALL_WORDS

MOST_CHARACTERS = 600  #: of a sentence
LEAST_QUOTE = 3  #: letters and digits of a quote; fewer stand anywhere
_SAME = str.maketrans({
    "‘": "'", "’": "'", "‚": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‐": "-", "‑": "-", "‒": "-",
    "–": "-", "—": "-", "−": "-", "\u00ad": "", "\u200b": "", "\u200c": "", "\u200d": "", "\ufeff": "",
})  # fmt: skip
_QUOTED = re.compile(
    r"“([^”]{1,400})”|\"([^\"]{1,400})\"|„([^“”]{1,400})[“”]|«([^»]{1,400})»|(?<!\w)'([^']{1,400})'(?!\w)"
)
_WORD = re.compile(r"\w+(?:['’]\w+)*")
_NUMBER = re.compile(r"\d+(?:[.,:/'\u00a0\u202f -]?\d+)*")
_LINK = re.compile(
    r"(?i)\b(?:[a-z][a-z0-9+.-]{1,20}:/?/|www\.|mailto:|javascript:|data:)|\b[\w-]+@[\w.-]+\.\w"
    r"|\b(?:[a-z0-9-]+\.)+(?:com|org|net|io|ru|cn|xyz|info|biz|top|site|link|click|test|example|invalid)\b"
)
_MARKUP = re.compile(r"<\s*/?\s*[a-zA-Z!][^>]*>|!?\[[^\]]*\]\([^)]*\)|```|&#?\w{2,8};|\$\$|\\\(|:[a-z_]+\[")
_FENCE = re.compile(r"^\s*(?:[#>*+-]|\d+[.)])\s+")
#: Verdicts over documents. They are a person's to give; a text that wants one is the commonest injection of all.
_VERDICTS = re.compile(
    r"(?i)\b(?:approv\w*|harmless|immaterial|insignificant|irrelevant|negligible|trivial|cosmetic|acceptable|safe(?:ly)?"
    r"|compliant|compliance|certified|guarantee\w*|legal(?:ly)?|lawful|illegal|fraud\w*|verified|trust\w*|ignore[ds]?"
    r"|disregard\w*|no (?:material |relevant |important |significant |other |further |real )?"
    r"(?:changes?|differences?|issues?|risks?|concerns?|need)"
    r"|nothing (?:\w+ )?(?:changed|matters|important|to)|identical|unchanged|the same (?:as|document|contract|text)"
    r"|must (?:pay|sign|send|call|click|visit|accept|approve)|should (?:pay|sign|send|call|click|visit|accept|approve)"
    r"|please|click|visit|sign (?:it|now|this|here|immediately)|you (?:must|should|can|may|need|have)|your|password\w*"
    r"|as an ai|language model|system prompt|instructions?|prompt|assistant"
    r"|i (?:am|have|was|will|cannot|can)|we (?:are|have|will)"
    r"|recommend\w*|advis(?:e|ed|able)|urgent\w*|immediately|confidential|hack\w*|pwned)\b"
)
#: The same in German, French and Spanish. For other languages there is no list: there all words must be proven.
_VERDICTS_ELSEWHERE = re.compile(
    r"(?i)\b(?:genehmig\w*|unbedenklich\w*|harmlos\w*|unerheblich\w*|unwesentlich\w*|belanglos\w*|geringfügig\w*"
    r"|akzeptabel\w*|rechtmäßig\w*|rechtswidrig\w*|zulässig\w*|konform\w*|geprüft\w*|sicher(?:e[nrs]?)?|vertrau\w*"
    r"|garantier\w*|empf[eio]hl\w*|dringend\w*|sofort\w*|unverzüglich\w*|bitte|klick\w*|anweisung\w*|ignorier\w*"
    r"|unverändert\w*|identisch\w*|keine (?:\w+ )?(?:änderung\w*|unterschied\w*|risik\w*|bedenken|abweichung\w*)"
    r"|nichts (?:\w+ )?(?:geändert|wichtig\w*|anders)|(?:sie|du) (?:müssen|sollten|können|musst|solltest|kannst)"
    r"|betrüg\w*|betrug|ich (?:bin|habe|kann)|wir (?:sind|haben|empfehlen)"
    r"|approuv\w*|inoffensi\w*|anodin\w*|insignifian\w*|négligeable\w*|acceptable\w*|conforme\w*|certifi\w*"
    r"|garanti\w*|légal\w*|légitime\w*|illégal\w*|fraud\w*|vérifi\w*|sûre?s?|recommand\w*|conseill\w*|urgent\w*"
    r"|immédiatement|veuillez|cliquez|ignorez|instructions?|identiques?|inchangée?s?"
    r"|aucune? (?:\w+ )?(?:modification|changement|différence|risque|problème)\w*|rien (?:n['’]a |d['’])\w+"
    r"|vous (?:devez|pouvez|devriez)|je (?:suis|peux)|nous (?:sommes|avons)"
    r"|aprobad\w*|aprueba\w*|inofensiv\w*|insignificante\w*|irrelevante\w*|aceptable\w*|certificad\w*|garantiza\w*"
    r"|legal(?:es|mente)?|ilegal\w*|fraude\w*|verificad\w*|recomend\w*|recomiend\w*|aconsej\w*"
    r"|inmediatamente|por favor|haga clic|ignor[ea]\w*|instruccion\w*|idéntic\w*|sin cambios"
    r"|ning[uú]na? (?:\w+ )?(?:cambio|diferencia|riesgo|problema)\w*|nada (?:ha )?\w+ado"
    r"|(?:usted|ustedes) (?:debe|puede)n?|debe usted)\b"
)
#: Words of reports that claim nothing by themselves, by their first letters; of English, German, French and Spanish.
_SILENT = frozenset("""
about above across added adding addition additional adds affect affected affecting affects after again against allow
allowed allows along alongside already also although amend amended among amount amounts another appear appears apply
applies applied around article articles became because become becomes been before began begin beginning being below
between both bottom broaden brought called cause cell cells change changed changes changing chapter clarified clarifies
clause clauses column columns compared comparison concern concerned concerning concerns condition conditions contain
contained contains contract corrected correct correspond corresponding date dates days decrease decreased decreases
define defined defines definition deleted deletes describe described describes description detail details differ
difference different differs document documents doubled down drawing drawings drop dropped drops during each earlier
edited effect either eliminated enlarged entire entirely entry every exact example exist expand expanded extended
extends extending extra fewer field fields figure figures final first following follows footer form formerly found
from further general given gives greater half have having header heading headings here higher image images include
included includes including increase increased increases indicate inserted instead into introduce introduced
introduces item items itself kind known label last later latter layer least less line lines list listed located
location longer lower made main major make makes many mean means mention mentioned minor modified modifies month
months more most moved moves moving much must named namely narrowed need needs never newly next normal note notes
notice number numbers obligation occur occurs old omitted once only option order original other others over page
pages paragraph paragraphs part parties partly party parts percent percentage period person phrase picture pictures
place placed places point position previous previously prior property provide provided provides provision provisions
raise raised raises rather read reads reason recorded reduce reduced reduces reduction refer referenced refers related
remain remained remains removal remove removed removes rename renamed replace replaced replacement replaces require
required requirement requirements requires result results revise revised revision row rows said same says second
section sections seen sentence sentences set several shall shorten shortened shorter should show showing shown shows
side similar since single slightly small smaller some specified specifies specify started stated statement states
still strictly such table tables term terms text than that their them then there thereby these they third this those
three through thus time times title together total twice type under until updated updates upper used uses using value
values version versions very wording words were what when where whereas whether which while whole whose wider will
with within without word would year years before-and
aber alle allem allen aller alles alten alter altes andere anderen auch aufgenommen ausserdem beide beiden beim bereits
bezeichnet bisher bleibt dabei dadurch dafür daher damit danach dann darauf daraus darin dass davon dazu deren dessen
diese diesem diesen dieser dieses dokument durch eine einem einen einer eines eingefügt enthält entfernt entfällt
ergänzt ersetzt erhöht fassung früher geändert gelöscht gesenkt gestrichen gilt hinzugefügt ihre ihrem ihren ihrer
jetzt kein keine keinen lautet mehr muss nach neue neuen neuer neues nicht noch nunmehr oder ohne reduziert sein seine
seite seiten sich sind soll sowie sondern steht stelle text über unter verkürzt verlängert verschoben vom von vor
vorher war waren weitere wenn werden wird wurde wurden zeile spalte tabelle zudem zum zur zuvor zwei zwischen
ainsi ajout ajouté ajoutée ancien ancienne après aussi autre autres avant avec celle celui cette chaque comme contre
dans depuis deux document dont elle elles encore entre était étaient être font leur leurs mais modifié modifiée
nouveau nouvelle nous page pages passe passent plus porté portée pour ramené réduit réduite remplacé remplacée sans
selon sera sont sous supprimé supprimée texte tous tout toute toutes
además ahora ambas ambos antes añadido añadida cada cambia cambió como contra cuando desde después documento donde
durante ellos entre esta estaba estas este estos haber hace hasta nueva nuevo otra otras otro otros página para pasa
pasó pero porque reduce redujo reemplazado según sido sobre suprimido también tabla texto tiene todo todos
""".split())  # noqa: SIM905  # fmt: skip
_STARTS = 5  #: words that begin with the same letters are forms of one word, well enough


def plain(text: object) -> str:
    """What a model says as one line of plain text, without control characters and marks of lists."""
    line = shown(str(text).translate({0xFEFF: None, 0x200B: None, 0x00AD: None}))
    return _FENCE.sub("", line).replace("**", "").replace("__", "").replace("`", "").strip()


def is_plain(text: str) -> bool:
    """Whether a line holds no address, no mark-up and not too much."""
    return bool(text) and len(text) <= MOST_CHARACTERS and not _LINK.search(text) and not _MARKUP.search(text)


@lru_cache(maxsize=4096)
def normalised(text: str) -> str:
    """A text as quotes are compared: case, blanks, broken lines and kinds of quotation marks and dashes left out."""
    plain_ = unicodedata.normalize("NFKC", text.translate(_SAME)).casefold()
    return "".join(plain_.split())


def stands_in(quote: str, text: str) -> bool:
    """Whether a quote stands in a text letter by letter, at the ends of words.

    An ellipsis leaves words out: what is before and after it must be there in this order.
    """
    parts = [part for part in re.split(r"\s*(?:…|\.\.\.|\[…\]|\[\.\.\.\])\s*", quote) if part.strip(" .,;:\"'“”")]
    if not parts or sum(map(str.isalnum, quote)) < LEAST_QUOTE:
        return False
    whole, at = normalised(text), 0
    spaced = _folded(text)
    for part in parts:
        wanted = normalised(part.strip(" \"“”„«»'"))
        found = whole.find(wanted, at)
        if found < 0 or not _at_words(part, spaced):
            return False
        at = found + len(wanted)
    return True


def _at_words(part: str, spaced: str) -> bool:
    """Whether the first and the last word of a part are whole words of the text: `12` does not stand in `1,120`."""
    tokens = _numbers(part)
    return all(re.search(rf"(?<![\d.,]){re.escape(token)}(?![.,]?\d)", spaced) for token in tokens)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text.translate(_SAME)).casefold()


def _numbers(text: str) -> list[str]:
    return [found.strip(" .,:/'-") for found in _NUMBER.findall(_folded(text))]


def refusal(
    sentence: str, evidence: Iterable[str], *, facts: Iterable[str] = (), least_share: float = 0.6
) -> str | None:
    """Why a sentence may not be shown; None where it may.

    Args:
        sentence: One line, as `plain` makes it.
        evidence: What it stands on: texts of the changes or quotes that it cites.
        facts: Numbers and words that we gave ourselves, such as pages and counts.
        least_share: At least so many of its words that say something are of the evidence, 0 to 1.

    Returns:
        not_plain, quote, verdict, number, name or unsupported.
    """
    if not is_plain(sentence):
        return "not_plain"
    held = list(evidence)
    for groups in _QUOTED.findall(sentence):
        quote = next(filter(None, groups))
        if sum(map(str.isalnum, quote)) >= LEAST_QUOTE and not any(stands_in(quote, text) for text in held):
            return "quote"
    free = _QUOTED.sub(" ", sentence)
    if is_verdict(free):
        return "verdict"
    all_held = " \n ".join(map(_folded, held))
    known_numbers = {_digits(number) for text in (*held, *facts) for number in _numbers(text)}
    if any(_digits(number) not in known_numbers for number in _numbers(sentence)):
        return "number"
    words = {_stem(word) for text in (*held, *facts) for word in _WORD.findall(_folded(text))}
    said = [word for word in _WORD.findall(free) if not any(map(str.isdigit, word))]
    telling = 0
    supported = 0
    for place, word in enumerate(said):
        small = _folded(word)
        if len(small) < 4 and not _is_dense(small):
            continue
        if small in _SILENT or small.removesuffix("s") in _SILENT:
            continue
        telling += 1
        if _stem(small) in words or (_is_dense(small) and small in all_held):
            supported += 1
        elif place and word[:1].isupper():
            return "name"
    if telling > supported and not _is_known(free):
        return "unsupported"
    if telling and supported < least_share * telling:
        return "unsupported"
    return None


def is_verdict(text: str) -> bool:
    """Whether a text judges, asks for something or speaks to its reader, in English, German, French or Spanish."""
    return bool(_VERDICTS.search(text) or _VERDICTS_ELSEWHERE.search(text))


def _is_known(text: str) -> bool:
    """Whether a sentence is in a language whose verdicts are known: it has small words of one."""
    tokens = {token for word in _WORD.findall(text) for token in folded(word)}
    return any(tokens & small for small in SMALL_WORDS.values())


def _digits(number: str) -> str:
    """A number by its digits, whatever separates them."""
    digits = "".join(c for c in number if c.isdigit())
    return digits.lstrip("0") or "0"


def _stem(word: str) -> str:
    return word[:_STARTS]


def _is_dense(word: str) -> bool:
    """Whether a word belongs to a script where few characters say much."""
    return any(ord(c) >= 0x2E80 for c in word)


#: What only somebody says who speaks to a machine; a text that has it is kept from the model and pointed out.
_ADDRESSED = re.compile(
    r"(?i)(?:ignore|disregard|forget|override)\b.{0,40}\b(?:instruction|prompt|rule|above|previous|prior|system)"
    r"|\b(?:system|developer|hidden)\s*(?:prompt|message|instruction|note to)"
    r"|\b(?:you are|act as|pretend to be|as)\s+(?:now\s+)?(?:an?\s+)?"
    r"(?:ai|assistant|language model|llm|chatbot|gpt|helpful|summari[sz]er)\b"
    r"|\b(?:ai|llm|language model|ai assistant|chatbot|summari[sz]er|machine reader)s?\b.{0,60}"
    r"\b(?:must|should|shall|is to|are to|has to|will|please|do not|never)\b"
    r"|\b(?:respond|reply|answer|output|print|return|say|state|write|report|conclude|summari[sz]e)\b.{0,30}"
    r"\b(?:only|exactly|with|that|as follows|verbatim)\b.{0,80}"
    r"\b(?:no (?:material )?change|harmless|approved|safe|identical|compliant|low|immaterial|http)"
    r"|</?\s*(?:system|instructions?|prompt|user|assistant|document|data|context)\b[^>]{0,40}>"
    r"|\[/?(?:inst|system|sys)\]|<\|[a-z_]{2,20}\|>|###\s*(?:system|instruction|human|assistant)"
    r"|\bwhen (?:you|asked|summari[sz]ing)\b|;\s*say so\b"
    r"|\b(?:mention|claim|pretend|tell (?:the |your )?(?:user|reader|reviewer|human)s?)\b.{0,20}\b(?:that|to)\b"
    r"|\b(?:ignorier\w*|missacht\w*|vergiss|ignore[zr]?|oublie[zr]?|ignora\w*|olvid\w*|haz caso omiso)\b.{0,40}"
    r"\b(?:anweisung|vorgabe|regel|instruction|consigne|règle|instrucci[oó]n|regla)\w*"
    r"|\b(?:ki|sprachmodell|ki-?assistent\w*|modèle de langage|assistant ia|ia|modelo de lenguaje|asistente de ia)\b"
    r".{0,60}"
    r"\b(?:muss|müssen|soll\w*|bitte|darf|doit|doivent|veuillez|devez|debe\w*|tiene que)\b"
    r"|\b(?:du bist|sie sind|tu es|vous êtes|eres|usted es)\b.{0,20}"
    r"\b(?:ki|assistent\w*|sprachmodell|ia|assistant\w*|modèle de langage|asistente|modelo de lenguaje)\b"
    r"|\b(?:antworte|melde|schreib\w*|sag\w*|berichte|réponds|répondez|dites|écri\w*|responde|responda|diga|escrib\w*)\b"
    r".{0,30}\b(?:nur|dass|seulement|que|uniquement|solo|sólo)\b.{0,80}"
    r"\b(?:keine|nichts|unbedenklich|genehmigt|aucun\w*|rien|approuv\w*|ning\w*|nada|aprobad\w*)\b"
)


def is_addressed_to_a_machine(text: str) -> bool:
    """Whether a text seems to be written for a language model rather than for readers. A sieve, not a wall."""
    return bool(_ADDRESSED.search(unicodedata.normalize("NFKC", text.translate(_SAME))[:20_000]))
