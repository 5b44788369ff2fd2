"""Whom a served run lets one ask, by the names that a request's ``model`` may have: the model, H with it, or HCH."""

from __future__ import annotations

import asyncio
import dataclasses
import difflib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from hch.amplify.rounds import consult
from hch.serving.api.errors import RequestError
from hch.serving.api.messages import plain_question, task_question
from hch.serving.api.tokens import ChatTokens, Tokens, Words
from hch.tasks.facts import TaskError
from hch.training.trained import AnyContext, Trained, Who
from hch.types import Answer, Question

MODEL: Final = "model"
AMPLIFIED: Final = "amplified"
ALONE: Final = "alone"
HCH: Final = "hch"

Asking = tuple[str, float]
"""The name of whom is asked, and the temperature: what has both in common can be answered as one batch."""


@dataclass(frozen=True)
class ServedModels:
    """Those whom one can ask in a run.

    ``model`` is what was trained, ``amplified`` H consulting it, ``alone`` H with what the environment answers,
    ``hch`` HCH as deep as the task needs, and ``hch-1``, ``hch-2``, … HCH of that depth.
    """

    trained: Trained
    _at: dict[float, Trained] = field(default_factory=dict, repr=False)

    @cached_property
    def depth(self) -> int:
        """How deep HCH goes."""
        wanted = self.trained.experiment.hch_depth
        return self.trained.experiment.task.depth if wanted is None else wanted

    @cached_property
    def names(self) -> dict[str, tuple[Who, int | None]]:
        """All names, each with who that is and how deep."""
        depths: dict[str, tuple[Who, int | None]] = {
            f"{HCH}-{depth}": (HCH, depth) for depth in range(1, self.depth + 1)
        }
        return {MODEL: (MODEL, None), AMPLIFIED: (AMPLIFIED, None), ALONE: (HCH, 0), HCH: (HCH, self.depth), **depths}

    def known(self, name: str) -> str:
        """The name, if it is one. Raises RequestError naming those that there are."""
        if name in self.names:
            return name
        near = difflib.get_close_matches(name, self.names, 1)
        hint = f"did you mean {near[0]}? " if near else ""
        listed = ", ".join(list(self.names)[:20])
        raise RequestError(
            f"there is no model “{name[:100]}”; {hint}There are: {listed}", 404, param="model", code="model_not_found"
        )

    def question(self, name: str, text: str, sample_index: int | None) -> Question:
        """What a message asks of one of these. Raises RequestError where it is not as they understand it."""
        if name == MODEL and self.speaks:
            asked = plain_question(text)
        else:
            try:
                asked = task_question(self.trained.experiment.task, text)
            except TaskError as error:
                raise RequestError(f"{error}. {FORMAT}", param="messages[0].content") from error
        return Question(asked.text, asked.context, sample_index)

    @property
    def speaks(self) -> bool:
        """Whether the model reads any text."""
        return self.trained.experiment.model_family.reads_any_text

    @cached_property
    def tokens(self) -> Tokens:
        """How tokens are counted."""
        from hch.models.language.model import LanguagePolicy

        ema_model = self.trained.state.ema_model
        return ChatTokens(ema_model.language.chat) if isinstance(ema_model, LanguagePolicy) else Words()

    def temperature(self, asked: float) -> float:
        """The temperature, if answers can be drawn at it. Raises RequestError."""
        if not self.speaks and asked not in (0, 1):
            said = "temperature is 0 for the likeliest answer, or 1 for one as likely as the model thinks it is"
            raise RequestError(f"{said}: this model knows no other", param="temperature", code="unsupported_value")
        return asked

    def answers(self, asking: Asking, questions: Sequence[Question]) -> list[Answer]:
        """Answers to questions of one kind; for a thread that has no event loop."""
        name, temperature = asking
        who, depth = self.names[name]
        if temperature not in self._at:
            if len(self._at) >= MOST_TEMPERATURES:
                self._at.clear()
            self._at[temperature] = _drawing(self.trained, temperature)
        answerer = AnyContext(self._at[temperature], who, depth)
        return asyncio.run(consult(answerer, list(questions)))


FORMAT = "A message is the context, an empty line, and the question as the last paragraph"

MOST_TEMPERATURES = 16
"""Each has answers of its own to remember."""


def _drawing(trained: Trained, temperature: float) -> Trained:
    """The run, its language model drawing answers at a temperature; the weights are shared."""
    from hch.models.language.model import Language, LanguagePolicy

    ema_model = trained.state.ema_model
    if not temperature or not isinstance(ema_model, LanguagePolicy):
        return trained
    language = ema_model.language
    if temperature == language.settings.generation.temperature:
        return trained
    generation = dataclasses.replace(language.settings.generation, temperature=temperature)
    settings = dataclasses.replace(language.settings, generation=generation)
    warmer = LanguagePolicy(Language(language.model, language.tokenizer, settings), ema_model.name, ema_model.seed)
    return dataclasses.replace(trained, state=dataclasses.replace(trained.state, ema_model=warmer))
