from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from hch import Answer, Context, Outcome, Question
from hch.schemes.debate_protocol import Library, Match, Protocol, Quoted, brief_prompt, full_prompt
from hch.text.judgements import FIRST, SECOND, read_judgement_question
from hch.text.words import words

FACTS = Context(("a -> b", "b -> a"))
MATCHES = [Match(Question("σ^2(a)?", FACTS), ("a", "b")), Match(Question("σ^3(a)?", FACTS), ("b", "c"))]


@dataclass
class Debater:
    """Numbers what it says; remembers each batch of prompts."""

    said: tuple[str, ...] = ()
    batches: list[list[Question]] = field(default_factory=list)

    async def __call__(self, questions: Sequence[Question], /) -> list[Answer]:
        count = sum(map(len, self.batches))
        self.batches.append(list(questions))
        texts = self.said or tuple(f"word {i}" for i in range(count, count + len(questions)))
        return [Answer(texts[i % len(texts)], confidence=0.5) for i in range(len(questions))]

    async def score(self, questions: Sequence[Question], answers: Sequence[str], /) -> list[float]:
        raise AssertionError


def seen(prompt: Question) -> list[str]:
    judged = read_judgement_question(prompt.text.split("\n", 1)[1])
    assert judged is not None
    return [text for _, text in judged.statements]


async def test_in_turns_each_side_has_heard_all_that_was_said_before() -> None:
    debater = Debater()
    (first, _) = await Protocol(turns=2)(MATCHES, debater)
    assert [item.side for item in first.said] == [FIRST, SECOND, FIRST, SECOND]
    assert [len(batch) for batch in debater.batches] == [2, 2, 2, 2]
    assert [seen(batch[0]) for batch in debater.batches] == [[s.shown for s in first.said[:n]] for n in range(4)]
    assert first.judged.statements == tuple((s.side, s.shown) for s in first.said)


async def test_at_once_neither_side_has_heard_the_other_in_the_same_turn() -> None:
    debater = Debater()
    (first, second) = await Protocol(turns=2, simultaneous=True)(MATCHES, debater)
    assert [len(batch) for batch in debater.batches] == [4, 4]
    assert [seen(prompt) for prompt in debater.batches[0]] == [[]] * 4
    for match, prompts in ((first, debater.batches[1][:2]), (second, debater.batches[1][2:])):
        assert [seen(prompt) for prompt in prompts] == [[s.shown for s in match.said[:2]]] * 2


@pytest.mark.parametrize(
    ("protocol", "said", "shown"),
    [
        (Protocol(longest=2), "one two three", None),
        (Protocol(longest=3), "one two three", "one two three"),
        (Protocol(allowed=Quoted()), "a -> b", "a -> b"),
        (Protocol(allowed=Quoted()), "a -> c", None),
        (Protocol(allowed=Library(("yes",))), "yes", "yes"),
        (Protocol(allowed=Library(("yes",))), "no", None),
    ],
)
async def test_what_is_too_long_or_not_allowed_is_not_shown_and_is_kept(
    protocol: Protocol, said: str, shown: str | None
) -> None:
    (match,) = await protocol(MATCHES[:1], Debater((said,)))
    assert [(item.answer.text, item.shown) for item in match.said] == [(said, shown)] * 2
    assert match.judged.statements == (() if shown is None else ((FIRST, shown), (SECOND, shown)))


async def test_a_debater_without_an_answer_is_silent() -> None:
    class Failing(Debater):
        async def __call__(self, questions: Sequence[Question], /) -> list[Answer]:
            return [Answer("not text", Outcome.FAILED) for _ in questions]

    (match,) = await Protocol()(MATCHES[:1], Failing())
    assert match.judged.statements == ()


async def test_of_no_matches_nothing_is_asked() -> None:
    debater = Debater()
    assert await Protocol()([], debater) == []
    assert debater.batches == []


async def test_each_turn_draws_anew() -> None:
    debater = Debater()
    await Protocol(turns=3)(MATCHES[:1], debater)
    assert [batch[0].sample_index for batch in debater.batches] == [0, 0, 1, 1, 2, 2]


def test_a_debater_is_told_its_side_the_question_both_answers_and_what_was_said() -> None:
    judged = MATCHES[0].judged
    assert "the second answer is right" in full_prompt(judged, SECOND)
    assert read_judgement_question(full_prompt(judged, FIRST).split("\n", 1)[1]) == judged
    assert brief_prompt(judged, FIRST) == "σ^2(a)?: a; b"
    assert brief_prompt(judged, SECOND) == "σ^2(a)?: b; a"
    assert words(brief_prompt(judged, FIRST))


@pytest.mark.parametrize("protocol", [Protocol(), Protocol(prompt=brief_prompt, allowed=Quoted(), simultaneous=True)])
def test_a_protocol_is_data(protocol: Protocol) -> None:
    assert pickle.loads(pickle.dumps(protocol)) == protocol
