"""Small pages and what is asked of them: for models that read slowly. All of it is made up."""

from __future__ import annotations

from typing import NamedTuple


class Asked(NamedTuple):
    """A field of a page, and what the page says of it; "" where it does not say it."""

    page: str
    name: str
    hint: str
    answer: str


_PAGES: dict[str, tuple[str, ...]] = {
    "lamp": (
        "Lamp Aurora",
        "A warm lamp for cold evenings. The shade is woven of linen.",
        "It takes a bulb of 40 watts and hangs from a cable of three metres.",
        "Delivery takes four days.",
    ),
    "ferry": (
        "The Harbour Ferry",
        "The ferry Borealis sails from Norrvik every morning at 7:15.",
        "Captain Ida Sund has steered her since the spring.",
        "Dogs travel for free.",
    ),
    "museum": (
        "Museum of Clocks",
        "The oldest clock in the house was built by Josef Hain.",
        "Children under twelve pay nothing, all others 9 euros.",
        "The cafe on the roof is closed in winter.",
    ),
    "soup": (
        "Leek Soup",
        "Cut three leeks and let them rest in butter.",
        "Add a litre of stock and simmer for 25 minutes.",
        "It feeds four. Serve with rye bread.",
    ),
    "job": (
        "Baker Wanted",
        "The bakery Korn & Co in Lund looks for a baker for the night shift.",
        "The post begins in August and is paid 31,000 kronor a month.",
        "Write to Petra Holm.",
    ),
    "clinic": (
        "Clinic at the Park",
        "Doctor Anna Weiss treats knees and hips.",
        "The clinic is in Lindenweg 4, behind the library.",
        "There is no parking.",
    ),
    "book": (
        "The Salt Road",
        "A novel of 312 pages about a smuggler and her mule.",
        "It was translated from Finnish by Marc Olsen.",
        "The paperback is out of print.",
    ),
    "hotel": (
        "Hotel Seeblick",
        "Every room looks on the lake; breakfast is served until eleven.",
        "Guests leave their rooms before noon.",
        "The nearest station is Tutzing.",
    ),
    "race": (
        "Winter Run",
        "The race goes over 21 kilometres around Lake Mora.",
        "Last year Lena Brandt won it.",
        "The start is on 14 February at the old mill.",
    ),
    "bike": (
        "Bicycle Tern 7",
        "The frame is made of steel and weighs 11 kilos.",
        "It has seven gears and a bell of brass.",
        "The guarantee runs for ten years.",
    ),
}

_ASKED: dict[str, tuple[tuple[str, str, str], ...]] = {
    "lamp": (
        ("shade", "material of the shade", "linen"),
        ("delivery", "how long delivery takes", "four days"),
        ("maker", "name of who made it", ""),
    ),
    "ferry": (
        ("captain", "name of the captain", "Ida Sund"),
        ("departure", "time when it sails", "7:15"),
        ("ship", "name of the ferry", "Borealis"),
    ),
    "museum": (
        ("builder", "who built the oldest clock", "Josef Hain"),
        ("price", "what adults pay", "9 euros"),
        ("phone", "telephone number", ""),
    ),
    "soup": (
        ("time", "how long it simmers", "25 minutes"),
        ("bread", "which bread goes with it", "rye bread"),
        ("stock", "how much stock", "a litre"),
    ),
    "job": (
        ("employer", "name of the bakery", "Korn & Co"),
        ("salary", "pay a month", "31,000 kronor"),
        ("contact", "whom to write to", "Petra Holm"),
    ),
    "clinic": (
        ("doctor", "name of the doctor", "Anna Weiss"),
        ("street", "street and number", "Lindenweg 4"),
        ("email", "mail address", ""),
    ),
    "book": (
        ("translator", "who translated it", "Marc Olsen"),
        ("pages", "number of pages", "312"),
        ("publisher", "who published it", ""),
    ),
    "hotel": (
        ("station", "nearest station", "Tutzing"),
        ("breakfast", "until when breakfast is served", "eleven"),
        ("checkout", "when guests leave", "noon"),
    ),
    "race": (
        ("winner", "who won last year", "Lena Brandt"),
        ("distance", "length of the race", "21 kilometres"),
        ("date", "day of the start", "14 February"),
    ),
    "bike": (
        ("material", "material of the frame", "steel"),
        ("weight", "weight of the frame", "11 kilos"),
        ("color", "color of the frame", ""),
    ),
}

PAGES = {
    name: f"<title>{lines[0]}</title><h1>{lines[0]}</h1>"
    + "".join(f"<p>{line.replace('&', '&amp;')}</p>" for line in lines[1:])
    for name, lines in _PAGES.items()
}

QUESTIONS = tuple(Asked(page, *asked) for page, fields in _ASKED.items() for asked in fields)
