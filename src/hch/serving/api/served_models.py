"""The answerers of a served run, by the names that a request's ``model`` may have: the model, H with it, or HCH."""

from __future__ import annotations

import asyncio
import dataclasses
import difflib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from hch.amplify.rounds import consult
from hch.serving.api.completions import ChatTokens, Tokens, Words
from hch.serving.api.errors import RequestError
from hch.serving.api.requests import plain_question, task_question
from hch.tasks.facts import TaskError
from hch.training.trained import AnyContext, Trained, Who
from hch.types import Answer, Question

MODEL: Final = "model"
AMPLIFIED: Final = "amplified"
ALONE: Final = "alone"
HCH: Final = "hch"

Asking = tuple[str, float]
"""A name and a temperature: questions that share both can be answered as one batch."""

MOST_TEMPERATURES = 16
"""Answers are cached for each temperature; beyond this many temperatures the caches are dropped."""
FORMAT = "A message is the context, an empty line, and the question as the last paragraph"


@dataclass(frozen=True)
class ServedModels:
    """The answerers of a run.

    ``model`` is the trained model, ``amplified`` H consulting it, ``alone`` H with the environment's lookup only,
    ``hch`` HCH to the depth that the task needs, and ``hch-1``, ``hch-2``, … HCH to that depth.
    """

    trained: Trained
    _by_temperature: dict[float, Trained] = field(default_factory=dict, repr=False)

    @cached_property
    def depth(self) -> int:
        """The depth of ``hch``."""
        depth = self.trained.experiment.hch_depth
        return self.trained.experiment.task.depth if depth is None else depth

    @cached_property
    def names(self) -> dict[str, tuple[Who, int | None]]:
        """Each name with its answerer and the depth of HCH; None for an answerer that has none."""
        depths: dict[str, tuple[Who, int | None]] = {
            f"{HCH}-{depth}": (HCH, depth) for depth in range(1, self.depth + 1)
        }
        return {MODEL: (MODEL, None), AMPLIFIED: (AMPLIFIED, None), ALONE: (HCH, 0), HCH: (HCH, self.depth), **depths}

    def check_name(self, name: str) -> str:
        """The name, if it is known. Raises RequestError naming the known ones."""
        if name in self.names:
            return name
        near = difflib.get_close_matches(name, self.names, 1)
        hint = f"did you mean {near[0]}? " if near else ""
        listing = ", ".join(list(self.names)[:20])
        message = f"there is no model “{name[:100]}”; {hint}The models are: {listing}"
        raise RequestError(message, 404, param="model", code="model_not_found")

    def question(self, name: str, text: str, sample_index: int | None) -> Question:
        """The question of a message. Raises RequestError if only a task's own format is understood, and it is not."""
        if name == MODEL and self.reads_any_text:
            question = plain_question(text)
        else:
            try:
                question = task_question(self.trained.experiment.task, text)
            except TaskError as error:
                raise RequestError(f"{error}. {FORMAT}", param="messages[0].content") from error
        return Question(question.text, question.context, sample_index)

    @property
    def reads_any_text(self) -> bool:
        """Whether the model reads any text."""
        return self.trained.experiment.model_family.reads_any_text

    @cached_property
    def tokens(self) -> Tokens:
        """The counter of the model's tokens."""
        from hch.models.language.model import LanguagePolicy

        ema_model = self.trained.state.ema_model
        return ChatTokens(ema_model.language.chat) if isinstance(ema_model, LanguagePolicy) else Words()

    def check_temperature(self, temperature: float) -> float:
        """The temperature, if the model can sample at it. Raises RequestError."""
        if not self.reads_any_text and temperature not in (0, 1):
            expected = "temperature is 0 for the most probable answer, or 1 for a sample from the model's probabilities"
            message = f"{expected}: this model has no other"
            raise RequestError(message, param="temperature", code="unsupported_value")
        return temperature

    def answer_batch(self, asking: Asking, questions: Sequence[Question]) -> list[Answer]:
        """Answers to questions that share a name and a temperature. Needs a thread without an event loop."""
        name, temperature = asking
        who, depth = self.names[name]
        if temperature not in self._by_temperature:
            if len(self._by_temperature) >= MOST_TEMPERATURES:
                self._by_temperature.clear()
            self._by_temperature[temperature] = _at_temperature(self.trained, temperature)
        answerer = AnyContext(self._by_temperature[temperature], who, depth)
        return asyncio.run(consult(answerer, list(questions)))


def _at_temperature(trained: Trained, temperature: float) -> Trained:
    """The run with its language model sampling at a temperature; the weights are shared."""
    from hch.models.language.model import Language, LanguagePolicy

    ema_model = trained.state.ema_model
    if not temperature or not isinstance(ema_model, LanguagePolicy):
        return trained
    language = ema_model.language
    if temperature == language.settings.generation.temperature:
        return trained
    generation = dataclasses.replace(language.settings.generation, temperature=temperature)
    settings = dataclasses.replace(language.settings, generation=generation)
    policy = LanguagePolicy(Language(language.model, language.tokenizer, settings), ema_model.name, ema_model.seed)
    return dataclasses.replace(trained, state=dataclasses.replace(trained.state, ema_model=policy))
