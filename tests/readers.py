"""Small readers with random weights, and random questions that they can read."""

from __future__ import annotations

import random
from dataclasses import dataclass

import torch

from hch.models.device import torch_seed
from hch.models.reader.layout import Tokenizer
from hch.models.reader.network import Reader, Slots
from hch.models.reader.policy import ReaderPolicy
from hch.models.reader.tokens import Vocabulary
from hch.models.settings import ReaderSettings
from hch.types import Context, Question

NAMES = "abcdef"
WORDS = (*NAMES, "->", "?", "of", "parent", "value")
FACT, QUESTION = 3, 4


@dataclass(frozen=True)
class Made:
    """A reader, what spells for it, and the policy that it is."""

    reader: Reader
    speller: Tokenizer
    policy: ReaderPolicy


def made(answer: int = 1, seed: int = 0, sharpness: float = 3.0, policy_seed: int = 0) -> Made:
    """A reader whose answers have at most so many words. ``sharpness`` scales its word scores."""
    vocabulary = Vocabulary(WORDS)
    with torch_seed(seed):
        reader = Reader(
            Slots(len(vocabulary), FACT, QUESTION, answer),
            ReaderSettings(width=16, fact_layers=2, question_layers=2, heads=2),
        )
        with torch.no_grad():
            reader.ends.weight.normal_()
            reader.ends_bias.normal_()
            reader.said.weight *= sharpness
    speller = Tokenizer(vocabulary, FACT, QUESTION, answer)
    return Made(reader, speller, ReaderPolicy(reader, speller, seed=policy_seed))


def context(randomness: random.Random, facts: int) -> Context:
    return Context(tuple(f"{randomness.choice(NAMES)} -> {randomness.choice(NAMES)}" for _ in range(facts)))


def questions(seed: int, count: int, contexts: int = 5, facts: tuple[int, ...] = (0, 1, 2, 5, 9)) -> list[Question]:
    """Questions about contexts with different numbers of facts; some are sampled, and some are asked twice."""
    randomness = random.Random(seed)
    about = [context(randomness, randomness.choice(facts)) for _ in range(contexts)]
    texts = [f"{kind} of {name}?" for kind in ("parent", "value") for name in NAMES] + ["a?", "a of b?"]
    return [
        Question(randomness.choice(texts), randomness.choice(about), randomness.choice((None, None, 0, 1, 2)))
        for _ in range(count)
    ]
