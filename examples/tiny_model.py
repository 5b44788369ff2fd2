"""A language model with random weights, in a folder as Hugging Face's libraries have it: quick, and knows nothing.

``python examples/tiny_model.py FOLDER [WIDTH]`` writes one, to try things with before a real model is at hand.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

CHATML = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def byte_tokenizer(template: str | None = CHATML, pad: str = "<|im_end|>") -> Any:
    """A tokenizer whose tokens are bytes; padding is by default what ends a turn, as many models have it."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={letter: i for i, letter in enumerate(alphabet)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(["<|endoftext|>", "<|im_start|>", "<|im_end|>"])
    made: Any = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer, eos_token="<|endoftext|>", pad_token=pad
    )
    made.chat_template = template
    return made


def tiny_llama(tokenizer: Any, *, seed: int = 0, width: int = 32) -> LlamaForCausalLM:
    """A Llama of two layers that has learned nothing."""
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=width,
        intermediate_size=2 * width,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=512,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
    )
    torch.manual_seed(seed)
    return LlamaForCausalLM(config)


def write_tiny_model(folder: str | Path, *, seed: int = 0, width: int = 32) -> Path:
    """Writes the model and its tokenizer, and returns the folder."""
    tokenizer = byte_tokenizer()
    tiny_llama(tokenizer, seed=seed, width=width).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return Path(folder)


if __name__ == "__main__":
    write_tiny_model(sys.argv[1], width=int(sys.argv[2]) if len(sys.argv) > 2 else 32)
