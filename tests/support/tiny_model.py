"""Makes a language model of random weights that real vLLM serves on a CPU: half a megabyte.

    python tiny_model.py FOLDER

Run by the interpreter of an environment with vLLM, since it needs PyTorch and transformers. What
the model says means nothing, so tests ask for form, never for sense. But it comes to an end: each
token has a fixed lean, the end of the text the strongest, then what closes a value. Held to a
grammar, it says the shortest thing, or nearly so.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM

PAD, BEGIN, END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"

CHAT = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)

WIDTH, HEAD, LAYERS, WINDOW = 64, 32, 2, 16_384
"""32 is the smallest head that vLLM's attention on the CPU takes."""

LEANS = {END: 9.0, '"': 7.0, "}": 7.0, "]": 7.0, ":": 5.0, ",": 4.0, PAD: -30.0, BEGIN: -30.0}
"""How much more likely a token is than others, in log-odds; blanks are in `lean_of`."""


def main(folder: Path) -> None:
    torch.manual_seed(7)
    tokenizer = make_tokenizer()
    config = Qwen3Config(
        vocab_size=-(-len(tokenizer) // 64) * 64,
        hidden_size=WIDTH,
        intermediate_size=2 * WIDTH,
        num_hidden_layers=LAYERS,
        num_attention_heads=WIDTH // HEAD,
        num_key_value_heads=1,
        head_dim=HEAD,
        max_position_embeddings=WINDOW,
        bos_token_id=None,
        eos_token_id=tokenizer.convert_tokens_to_ids(END),
        pad_token_id=tokenizer.convert_tokens_to_ids(PAD),
        tie_word_embeddings=False,
        initializer_range=0.02,
    )
    model = Qwen3ForCausalLM(config).float().eval()
    lean(model, tokenizer)
    model.generation_config.eos_token_id = config.eos_token_id
    model.generation_config.pad_token_id = config.pad_token_id
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def make_tokenizer() -> PreTrainedTokenizerFast:
    """Bytes, and the commonest of their sequences in our own docs: it can spell anything."""
    docs = sorted((Path(__file__).parents[2] / "docs").rglob("*.md"))
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=640,
        special_tokens=[PAD, BEGIN, END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator((path.read_text("utf-8") for path in docs), trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=PAD,
        eos_token=END,
        model_max_length=WINDOW,
        chat_template=CHAT,
    )


def lean(model: Qwen3ForCausalLM, tokenizer: PreTrainedTokenizerFast) -> None:
    """Gives each token its lean, by one channel that is the same for every text.

    There is no bias to set. But if one channel of every embedding is large, it outlasts the layers,
    which add little, and the last norm makes it nearly the root of the width; so what the output
    weighs that channel with is added to a token's log-odds wherever it may come.
    """
    with torch.no_grad():
        model.get_input_embeddings().weight[:, 0] = 10.0
        output = model.get_output_embeddings().weight
        output.normal_(0.0, 0.05)
        for number in range(output.shape[0]):
            output[number, 0] = lean_of(number, tokenizer) / WIDTH**0.5


def lean_of(number: int, tokenizer: PreTrainedTokenizerFast) -> float:
    if number >= len(tokenizer):
        return -30.0
    text = tokenizer.decode([number])
    if text in LEANS:
        return LEANS[text]
    is_word = text.isprintable() and text.strip() == text and "\ufffd" not in text
    return 0.0 if is_word else -10.0


if __name__ == "__main__":
    main(Path(sys.argv[1]))
