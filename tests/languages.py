"""A tiny language model with random weights, whose tokens are bytes: real parts, and quick."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from examples.tiny_model import CHATML, byte_tokenizer, tiny_llama
from hch.models.language.model import Language
from hch.models.settings import Generation, LanguageSettings

__all__ = ["CHATML", "byte_tokenizer", "language_folder", "tiny_language"]


def language_folder(path: Path, **settings: Any) -> Path:
    """A folder with such a model, as transformers saves it."""
    tiny_language(**settings).save(path)
    return path


def tiny_language(
    settings: LanguageSettings | None = None, *, seed: int = 0, template: str | None = CHATML, width: int = 32
) -> Language:
    """A Llama of two layers that has learned nothing."""
    tokenizer = byte_tokenizer(template)
    model = tiny_llama(tokenizer, seed=seed, width=width)
    default = LanguageSettings(precision="float32", system="", generation=Generation(most_tokens=12))
    return Language(model, tokenizer, settings or default)
