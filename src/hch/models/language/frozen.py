"""A language model that is asked and never trained: it can play H, or be consulted beside the model in training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from hch.models.language.model import LanguagePolicy, load_language
from hch.models.settings import LanguageSettings
from hch.types import Answer, Question


@dataclass(frozen=True)
class FrozenLanguageModel:
    """Answers with the model that ``settings`` name, which is loaded when it is first asked, once in a process."""

    settings: LanguageSettings = field(default_factory=LanguageSettings)
    name: str = "model"
    seed: int = 0
    device: str = "cpu"

    async def __call__(self, questions: Sequence[Question], /) -> list[Answer]:
        return await _load(self)(questions)


@lru_cache(maxsize=4)
def _load(frozen: FrozenLanguageModel) -> LanguagePolicy:
    return LanguagePolicy(load_language(frozen.settings, frozen.device), frozen.name, frozen.seed)
