"""The arguments of the tools, each written once, with the words that a model reads of it."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from pydantic import Field

from webis_mcp.service.request import EngineName, Format, Request
from webis_mcp.service.values.compiling import plan_of

MOST_CHARACTERS = 100_000
"""Ceiling of `max_length`. Claude Code passed a result of 390,000 characters on; JSON escapes and \
the places of blocks may triple the content."""

Html = Annotated[
    str,
    Field(
        description="The page's HTML: a whole document or a fragment, as fetched or as rendered by"
        " a browser. Required."
    ),
]
BaseUrl = Annotated[
    str | None,
    Field(description="Where the page came from; links are resolved against it. Default: none."),
]
PageUrl = Annotated[
    str,
    Field(description="The page's public address, in the form https://host/path. Required."),
]
Headers = Annotated[
    dict[str, str] | None,
    Field(
        description="Headers to send: Accept-Language, and Cookie where the operator allows it."
        " Default: none."
    ),
]
FormatChoice = Annotated[
    Format,
    Field(
        description="markdown (default); text: without any marks; blocks: one object a kept block"
        " with its id, kind, text, xpath, probability and links."
    ),
]
EngineChoice = Annotated[
    EngineName,
    Field(
        description="Who judges what is content. auto (default): the best engine that is ready;"
        " embedded: on the CPU, always there; vllm: a language model, fails when there is none."
    ),
]
Instruction = Annotated[
    str | None,
    Field(
        description="What to look for, in words: contact name and phone number. The answer is then"
        " values with quotes instead of the content. Default: none."
    ),
]
JsonSchema = Annotated[
    dict[str, Any] | None,
    Field(
        description="The values to look for, as a JSON Schema object: properties with type"
        " (string, number, integer, boolean, object, array), enum, format (date, date-time, email,"
        " uri), null and description, which helps to find them. Default: none."
    ),
]
IncludeContent = Annotated[
    bool,
    Field(description="With instruction or json_schema: send the content too. Default: false."),
]
MaxTokens = Annotated[
    int | None,
    Field(
        ge=1,
        le=1_000_000,
        description="With instruction or json_schema: most tokens of one answer of a language"
        " model; the fields that an answer does not come to are asked for in another. Default:"
        " none, for what they need.",
    ),
]
MaxLength = Annotated[
    int,
    Field(
        ge=1,
        le=MOST_CHARACTERS,
        description="Most characters of content, or of values, to return. Default: 10000.",
    ),
]
StartIndex = Annotated[
    int,
    Field(
        ge=0,
        description="Where in the content to start: next_start_index of the answer before."
        " Default: 0.",
    ),
]
IncludeLinks = Annotated[
    bool, Field(description="Keep links in Markdown; their words stay anyway. Default: true.")
]
IncludeImages = Annotated[bool, Field(description="Keep images in Markdown. Default: false.")]
IncludeTables = Annotated[bool, Field(description="Keep tables. Default: true.")]
IncludeComments = Annotated[
    bool | None,
    Field(
        description="true: also what people wrote in the page's comment section; false: without"
        " it. Default: none; then it is content on a forum, and not under an article."
    ),
]


@dataclass(frozen=True, slots=True)
class View:
    """How the content of a page is wanted, and which part of it: what all our tools ask."""

    instruction: Instruction = None
    json_schema: JsonSchema = None
    format: FormatChoice = "markdown"
    engine: EngineChoice = "auto"
    max_length: MaxLength = 10_000
    start_index: StartIndex = 0
    include_links: IncludeLinks = True
    include_images: IncludeImages = False
    include_tables: IncludeTables = True
    include_comments: IncludeComments = None
    include_content: IncludeContent = False
    max_tokens: MaxTokens = None

    def request(self) -> Request:
        """What the service is asked for; it gives the whole, of which a part is told.

        Raises:
            InvalidInput: the instruction or the schema cannot be looked for.
        """
        return Request(
            format=self.format,
            engine=self.engine,
            include_links=self.include_links,
            include_images=self.include_images,
            include_tables=self.include_tables,
            include_comments=self.include_comments,
            plan=plan_of(self.instruction, self.json_schema),
            max_tokens=self.max_tokens,
        )


Result = TypeVar("Result")
Tool = Callable[..., Awaitable[Result]]


def spread_view(tool: Tool[Result]) -> Tool[Result]:
    """The tool with the parameters of a `View` in the place of its parameter `view`.

    The SDK makes a tool's schema from its signature, so this writes one.
    """
    signature = inspect.signature(tool, eval_str=True)
    spread = list(inspect.signature(View, eval_str=True).parameters.values())
    names = [parameter.name for parameter in spread]

    @functools.wraps(tool)
    async def with_view(**arguments: Any) -> Result:
        view = View(**{name: arguments.pop(name) for name in names})
        return await tool(**arguments, view=view)

    own = [parameter for name, parameter in signature.parameters.items() if name != "view"]
    parameters = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in (*own, *spread)]
    told: Any = with_view  # a function may be told its signature, which its type does not know
    told.__signature__ = signature.replace(parameters=parameters)
    told.__annotations__ = {p.name: p.annotation for p in parameters}
    return with_view
