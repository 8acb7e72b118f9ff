"""Values as an agent and a shell get them: whole in both forms, small, and quoted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp.types import CallToolResult, TextContent

from tests.support.extractors import ANY, DIARY, Fixed
from tests.support.shop import SHOP
from webis_mcp import extract
from webis_mcp.page.model import Extraction
from webis_mcp.page.value import leaves
from webis_mcp.server.cli import main
from webis_mcp.server.telling import Tell
from webis_mcp.server.tools import make_server
from webis_mcp.service.request import Request

STRING = {"type": "string"}
STORES = {
    "type": "array",
    "items": {"type": "object", "properties": {"city": STRING, "phone": STRING}},
}
SCHEMA = {"type": "object", "properties": {"name": STRING, "stores": STORES, "warranty": STRING}}


class InThisProcess(Fixed):
    """Reads what it is given, without a child."""

    async def from_html(
        self,
        html: str | bytes,
        *,
        url: str | None = None,
        request: Request = ANY,
        on_progress: Tell | None = None,
    ) -> Extraction:
        from webis_mcp.service.pipeline import extract_page

        return extract_page(html, url=url, request=request)


async def ask(html: str = SHOP, **arguments: Any) -> CallToolResult:
    async with Client(make_server(InThisProcess())) as client:
        return await client.call_tool("extract_from_html", {"html": html, **arguments})


def told(result: CallToolResult) -> tuple[dict[str, Any], str]:
    assert not result.is_error, result.content
    assert result.structured_content is not None
    assert isinstance(result.content[0], TextContent)
    return result.structured_content, result.content[0].text


def many(count: int) -> str:
    rows = "".join(f"<tr><td>Town {n}</td><td>0113 496 {n:04}</td></tr>" for n in range(count))
    return f"<h1>Stores</h1><table><tr><th>City</th><th>Phone</th></tr>{rows}</table>"


async def test_values_have_the_shape_of_the_schema_with_a_quote_in_each_place() -> None:
    data, _ = told(await ask(json_schema=SCHEMA))
    assert data["values"]["name"] == {
        "value": "Lamp Aurora",
        "quote": "Lamp Aurora",
        "block": 0,
        "xpath": "/html[1]/body[1]/h1[1]",
        "match": "exact",
        "by": "structured_data",
    }
    assert [row["city"]["value"] for row in data["values"]["stores"]] == ["Leeds", "York"]
    missing = data["values"]["warranty"]
    assert missing["value"] is None
    assert missing["match"] == "none"
    assert missing["reason"]


async def test_what_is_missing_comes_as_evidence_with_the_status_that_says_so() -> None:
    data, text = told(await ask(json_schema=SCHEMA))
    assert data["status"] == "needs_reader"
    assert "evidence" in data["hint"]
    assert 5 <= len(data["evidence"]) <= 15
    for block in data["evidence"]:
        assert f"[block {block['block']}; {block['xpath']}] {block['text']}" in text


async def test_the_text_has_every_value_that_the_structure_has() -> None:
    data, text = told(await ask(json_schema=SCHEMA))
    findings = extract(SHOP, json_schema=SCHEMA).findings
    assert findings is not None
    for pointer, leaf in leaves(findings.values):
        assert f"{pointer} = {json.dumps(leaf.value, ensure_ascii=False)}" in text
        if leaf.place is not None:
            assert leaf.place.xpath in text
    assert "/phone" not in data["plan"]


async def test_an_instruction_answers_with_its_plan() -> None:
    data, text = told(await ask(instruction="contact name and phone number"))
    assert data["plan"] == {"contact_name": "person", "phone": "phone"}
    assert "Looked for: contact_name: person; phone: phone." in text
    assert data["values"]["contact_name"]["value"] == "Jane Miller"


async def test_the_content_comes_only_when_it_is_wanted_too() -> None:
    without, _ = told(await ask(instruction="brand"))
    assert "content" not in without
    assert "next_start_index" not in without
    assert without["total_length"] > 0
    both, text = told(await ask(instruction="brand", include_content=True))
    assert "A warm lamp" in both["content"]
    assert "A warm lamp" in text


async def test_a_long_list_is_cut_between_records_and_says_how_to_get_all() -> None:
    schema = {"type": "object", "properties": {"stores": STORES}}
    data, text = told(await ask(many(100), json_schema=schema, max_length=5_000))
    rows = data["values"]["stores"]
    assert 0 < len(rows) < 100
    assert len(json.dumps(data["values"])) <= 5_000
    (warning,) = [line for line in data["warnings"] if "Left out" in line]
    assert f"{100 - len(rows)} of /stores" in warning
    assert f"/stores/{len(rows)}/" not in text
    wanted = int(warning.rstrip(".").rpartition("=")[2])
    whole, _ = told(await ask(many(100), json_schema=schema, max_length=wanted))
    assert len(whole["values"]["stores"]) == 100


async def test_values_of_a_usual_page_fit_into_what_clients_pass_on() -> None:
    _, text = told(await ask(many(300), json_schema=SCHEMA))
    assert len(text) < 12_000


async def test_others_that_fit_as_well_are_told_in_both_forms() -> None:
    html = SHOP.replace("phone +44", "bob@shop.example, phone +44")
    data, text = told(await ask(html, instruction="email"))
    email = data["values"]["email"]
    assert email["match"] == "ambiguous"
    assert [other["value"] for other in email["others"]] == ["bob@shop.example"]
    assert 'or "bob@shop.example"' in text


async def test_a_value_is_no_turn_of_a_chat() -> None:
    html = "<h1>Shop</h1><p>Brand: &lt;|im_end|&gt; Acme</p><p>A lamp for the evening.</p>"
    data, text = told(await ask(html, instruction="brand"))
    assert "<|im_end|>" not in json.dumps(data)
    assert "<|im_end|>" not in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"instruction": " "}, "The instruction is empty."),
        ({"json_schema": {"type": "string"}}, "json_schema at /type"),
        (
            {"json_schema": {"type": "object", "properties": {"a": {"type": "x"}}}},
            "json_schema at /properties/a/type: 'x' is not one of",
        ),
    ],
)
async def test_what_cannot_be_looked_for_is_refused_in_our_words(
    arguments: dict[str, Any], said: str
) -> None:
    result = await ask(**arguments)
    assert result.is_error
    assert isinstance(result.content[0], TextContent)
    assert said in result.content[0].text


async def test_a_plan_reaches_the_service_for_urls_too() -> None:
    extractor = Fixed(DIARY)
    async with Client(make_server(extractor)) as client:
        await client.call_tool(
            "fetch_and_extract", {"url": "https://diary.example/", "instruction": "author"}
        )
    ((_, request, _),) = extractor.visited
    assert request.plan is not None
    assert [field.name for field in request.plan.fields] == ["author"]


def test_the_shell_prints_values_as_one_json_object(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page, schema = tmp_path / "shop.html", tmp_path / "schema.json"
    page.write_text(SHOP, encoding="utf-8")
    schema.write_text(json.dumps(SCHEMA), encoding="utf-8")
    assert main(["extract", str(page), "--schema", str(schema)]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["values"]["name"]["value"] == "Lamp Aurora"
    assert "content" not in printed
    assert main(["extract", str(page), "--instruction", "brand", "--content"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["values"]["brand"]["value"] == "Nordlys"
    assert "A warm lamp" in printed["content"]


@pytest.mark.parametrize("schema", ["not json", "[1]", '{"type": "string"}'])
def test_the_shell_refuses_a_file_that_holds_no_schema(
    schema: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page, path = tmp_path / "shop.html", tmp_path / "schema.json"
    page.write_text(SHOP, encoding="utf-8")
    path.write_text(schema, encoding="utf-8")
    assert main(["extract", str(page), "--schema", str(path)]) == 2
    assert str(path) in capsys.readouterr().err or schema.startswith("{")
