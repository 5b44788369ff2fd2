"""A tiny language model with random weights, whose tokens are bytes: real parts, and quick."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from hch.models.generation import Generation
from hch.models.language import Language, LanguageSettings

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


def language_folder(path: Path, **settings: Any) -> Path:
    """A folder with such a model, as transformers saves it."""
    tiny_language(**settings).save(path)
    return path


def tiny_language(
    settings: LanguageSettings | None = None, *, seed: int = 0, template: str | None = CHATML, width: int = 32
) -> Language:
    """A Llama of two layers that has learned nothing."""
    tokenizer = byte_tokenizer(template)
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
    model = LlamaForCausalLM(config)
    default = LanguageSettings(precision="float32", system="", generation=Generation(most_tokens=12))
    return Language(model, tokenizer, settings or default)
