"""Asks a page for values: each comes with its quote and its place, or as null with a reason."""

from __future__ import annotations

from webis_mcp import extract
from webis_mcp.page.value import leaves

PAGE = """<html lang="en"><head><title>Lamp Aurora - Shop</title>
<script type="application/ld+json">{"@type": "Product", "name": "Lamp Aurora",
"offers": {"price": "49.90", "priceCurrency": "EUR"}}</script></head><body>
<h1>Lamp Aurora</h1><p>A warm lamp for cold evenings.</p><div class="price">49,90 €</div>
<p>Brand: Nordlys</p><p>Contact: Jane Miller, phone +44 20 7946 0018</p></body></html>"""

SCHEMA = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "price": {"type": "number"},
        "brand": {"type": "string"},
        "warranty": {"type": ["string", "null"]},
    },
}

for asked in ({"json_schema": SCHEMA}, {"instruction": "contact name and phone number"}):
    extraction = extract(PAGE, **asked)
    if (findings := extraction.findings) is None:
        continue  # nothing was asked for
    print(extraction.status, dict(findings.plan))
    for pointer, value in leaves(findings.values):
        quote = f"{value.place.quote!r} at {value.place.xpath}" if value.place else value.reason
        print(f"  {pointer}: {value.value!r} ({value.match}) {quote}")
    for passage in findings.evidence:
        print(f"  [block {passage.block}] {passage.text}")
