"""An instruction in words to a field plan, by rules: what is not understood is asked for as text.

"contact name and phone number" is two fields; "the name and price of each product" is a list of
records. Who reads the answer sees the plan and can say it better by a schema.
"""

from __future__ import annotations

import re
from dataclasses import replace

from webis_mcp.errors import InvalidInput
from webis_mcp.page.values.lexicon import concept_of, fold
from webis_mcp.service.values.plan import Field

MAX_INSTRUCTION = 2_000
MAX_FIELDS = 40

_ASKING = (
    "please|bitte|por favor|s'il (?:te|vous) pla[iî]t|can you|could you|i (?:want|need)|kindly",
    "extract|find|get|give me|list|return|show(?: me)?|tell me|look for|fetch|collect|read",
    "what (?:is|are)|what's|who (?:is|are)",
    "extrahiere|finde|gib mir|nenne|liste|zeige|was ist|wie lautet|suche",
    "extrais|extraire|trouve[rz]?|donne[rz]?(?: moi)?|liste[rz]?|quel(?:le)?s? (?:est|sont)",
    "extrae|extraer|encuentra|dame|lista|cu[aá]l es|estrai|trova|dammi|elenca|qual [eè]",
    "encontre|extraia|найди|извлеки|покажи",
    "请?提取|请?找出|请?给我|获取|列出|抽出|取得",
    "the|all|all the|every|any|each|a|an|of|its|their|der|die|das|den|alle",
    "le|la|les|l'|tous les|toutes les|el|los|las|todos los|todas las",
    "il|lo|gli|i|tutti i|o|os|as|todos os|todas as|一个|所有|全部",
)
"""Words before what is asked for that only ask."""

_LEAD = re.compile(
    rf"^\s*(?:{'|'.join(_ASKING)})(?:\s+|$|(?<=')|(?<=[\u3040-\u9fff])|[:,]\s*)", re.IGNORECASE
)
_TAIL = re.compile(
    r"\s+(?:(?:from|on|in|of|for|at|by) (?:the|this|that|each|every|a|an) (?:web ?)?"
    r"(?:page|site|website|article|product|recipe|book|company|event|job|item|text|document|"
    r"listing|shop|store|person|author)s?"
    r"|auf (?:der|dieser) seite|von der seite|sur (?:la|cette) page"
    r"|de (?:la|cette|esta|questa|essa) p[aáà]gin[ae])[\s.!?]*$",
    re.IGNORECASE,
)
"""Words after it that only say where."""

_SPLIT = re.compile(
    r"\s*(?:[,;\n\u3001\uff0c\uff1b]"
    r"|\s(?:and|und|et|y|e|ed|en|och|og|i|oraz|и|та|ve|as well as|sowie|plus|&)\s"
    r"|(?<=[\u3040-\u9fff\uac00-\ud7af])(?:[和与與及と]|以及|そして|와|과)\s?)+\s*",
    re.IGNORECASE,
)
_WHAT = r"(?P<what>[\w -]{2,40}?)"
_FIELDS = r"(?P<fields>.+?)[\s.!?]*$"
_EACH = tuple(
    re.compile(pattern, re.IGNORECASE | re.DOTALL)
    for pattern in (
        rf"^(?:for|from|of) (?:each|every|all(?: the)?) {_WHAT}\s?(?::|,|,? "
        rf"(?:get|give|list|extract|find|return)(?: me)?(?: the| its)?\s){_FIELDS}",
        r"^(?P<fields>.+?) (?:of|for|from) (?:each|every|all(?: the| of the)?) "
        rf"{_WHAT}[\s.!?]*$",
        rf"^(?:all |every |a list of |list of |the )*{_WHAT}\s?"
        r"(?:with (?:their |its |the )?|\()(?P<fields>[^()]+)\)?[\s.!?]*$",
        r"^(?:für jede[snr]?|für alle|pour chaque|para cada|per ogni|voor elke?) "
        rf"{_WHAT}\s?[:,]?\s+{_FIELDS}",
    )
)
"""Ways to ask for records: what each is, and its fields."""

_MANY = re.compile(
    r"^(?:all|every|list of|a list of|alle|tous les|toutes les|todos los|todas las|tutti i"
    r"|所有|全部)",
    re.IGNORECASE,
)
_PLURAL = frozenset(
    "ingredients instructions steps directions keywords tags authors emails phones prices links "
    "images".split()
)
_LISTED = frozenset({"ingredients", "instructions", "keywords"})


def fields_of(instruction: str) -> tuple[Field, ...]:
    """The fields that an instruction asks for.

    Raises:
        InvalidInput: it is empty, or too long to be one.
    """
    words = " ".join(instruction.split())
    if not words:
        raise InvalidInput("The instruction is empty.", hint='Say what to find, as in "phone".')
    if len(words) > MAX_INSTRUCTION:
        raise InvalidInput(
            f"The instruction has {len(words)} characters; the limit is {MAX_INSTRUCTION}.",
            hint="Name what to find, or give a json_schema.",
        )
    core = _stripped(words)
    for pattern in _EACH:
        match = pattern.match(core)
        if match is not None and (inner := _fields(match["fields"])):
            return (_records(match["what"], inner),)
    found = _fields(words)
    if not found:
        raise InvalidInput(
            f"The instruction names nothing to find: {words[:100]!r}.",
            hint='Name what to find, as in "contact name and phone number", or give a json_schema.',
        )
    return found


def _fields(text: str) -> tuple[Field, ...]:
    found: dict[str, Field] = {}
    for phrase in _SPLIT.split(text):
        field = _field(phrase)
        if field is not None:
            found.setdefault(field.name, field)
    return tuple(found.values())[:MAX_FIELDS]


def _field(phrase: str) -> Field | None:
    many = bool(_MANY.match(phrase.strip()))
    core = _TAIL.sub("", _stripped(phrase)).strip(" .!?:;\"'()[]")
    name = fold(core)
    if not name:
        return None
    concept = concept_of(core)
    last = name.split()[-1]
    many = many or last in _PLURAL or (concept is not None and concept.name in _LISTED)
    if concept is not None and _is_plainly(name, concept.labels):
        name = concept.name
    field = Field("_".join(name.split())[:60], hint=core[:200])
    if not many:
        return field
    return Field(field.name, "array", hint=field.hint, items=replace(field, name=field.name))


def _is_plainly(name: str, labels: tuple[str, ...]) -> bool:
    """Whether a phrase says a concept and nothing more."""
    return name in labels or name.removesuffix("s") in labels


def _records(what: str, fields: tuple[Field, ...]) -> Field:
    name = "_".join(fold(_stripped(what)).split())[:60] or "records"
    name = name if name.endswith("s") else f"{name}s"
    inner = tuple(_one(field) for field in fields)
    return Field(name, "array", items=Field("", "object", fields=inner))


def _one(field: Field) -> Field:
    """Of each record one value: "names and prices of all products"."""
    if field.items is None or field.name in _LISTED:
        return field
    return field.items


def _stripped(text: str) -> str:
    """A phrase without the words that only ask."""
    before = None
    while before != text:
        before, text = text, _LEAD.sub("", text, count=1)
    return text.strip()
