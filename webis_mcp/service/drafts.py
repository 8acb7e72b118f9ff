"""A page as the embedded engine judges it, and what a model would be asked about it.

Made in a reader, taken up in the server's process, so it imports little.
"""

from __future__ import annotations

from dataclasses import dataclass

from webis_mcp.engine import Verdicts
from webis_mcp.engine.vllm.view import View
from webis_mcp.page.model import Extraction


@dataclass(frozen=True, slots=True)
class Draft:
    """What there is of a page before a model is asked.

    Attributes:
        extraction: the answer, should no model have a say.
        verdicts: what the embedded engine thinks of each block.
        view: what the model is shown.
    """

    extraction: Extraction
    verdicts: Verdicts
    view: View
