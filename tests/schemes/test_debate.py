from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from hch import HCH, Answer, Context, Outcome, Question
from hch.humans.flaws.persuadable import Persuadable
from hch.humans.overseeing import Overseeing
from hch.humans.scripted import Scripted
from hch.schemes.debate import Debate
from hch.schemes.debate_protocol import Protocol, Quoted
from hch.tasks.reading import Reading
from hch.text.judgements import FIRST, SECOND, Judged, read_judgement_question
from hch.types import Episode, Sample

QUESTION = Question("which?")
Judging = Callable[[Judged], Answer]


def verdict_for(right: str) -> Judging:
    def judge(judged: Judged) -> Answer:
        has = [answer == right for answer in judged.answers]
        return Answer("verdict: tie" if has[0] == has[1] else f"verdict: {FIRST if has[0] else SECOND}")

    return judge


@dataclass
class Judge:
    """Judges by a function; remembers what it was shown."""

    judging: Judging
    shown: list[Judged] = field(default_factory=list)

    async def __call__(self, questions: Sequence[Question], /) -> list[Answer]:
        judged = [item for item in (read_judgement_question(q.text) for q in questions) if item is not None]
        assert len(judged) == len(questions)
        self.shown += judged
        return [self.judging(item) for item in judged]


class Policy:
    """Answers with the letters of ``said`` in turn, and argues by saying whom it argues for."""

    def __init__(self, said: str = "aabc") -> None:
        self.said = said

    async def __call__(self, questions: Sequence[Question], /) -> list[Answer]:
        return [self._answer(question) for question in questions]

    def _answer(self, question: Question) -> Answer:
        if question.text == QUESTION.text:
            assert question.sample_index is not None
            return Answer(self.said[question.sample_index], confidence=0.5)
        return Answer("for " + ("one" if "the first answer is right" in question.text else "two"), confidence=0.125)

    async def score(self, questions: Sequence[Question], answers: Sequence[str], /) -> list[float]:
        raise AssertionError


async def debated(judging: Judging, scheme: Debate | None = None, said: str = "aabc") -> tuple[Episode, Judge]:
    judge = Judge(judging)
    return await (scheme or Debate(samples=4))([QUESTION], judge, Policy(said)), judge


def answers(episode: Episode) -> dict[str, float]:
    return {s.answer: s.weight for s in episode.samples if s.question == QUESTION}


async def test_the_winner_is_made_likelier_and_the_loser_less_likely_by_as_much() -> None:
    episode, judge = await debated(verdict_for("b"))
    assert answers(episode) == {"a": -1.0, "b": 1.0}
    assert [judged.answers for judged in judge.shown] == [("a", "b"), ("b", "a")]
    assert all(judged.statements == ((FIRST, "for one"), (SECOND, "for two")) for judged in judge.shown)
    assert sum(sample.weight for sample in episode.samples) == 0


async def test_statements_are_learned_as_their_side_fared() -> None:
    episode, _ = await debated(verdict_for("a"), Debate(samples=4, swap=False))
    said = [sample for sample in episode.samples if sample.question != QUESTION]
    assert [(s.answer, s.weight, s.behaviour_log_prob) for s in said] == [
        ("for one", 1.0, math.log(0.125)),
        ("for two", -1.0, math.log(0.125)),
    ]
    assert all(s.question.sample_index is None for s in said)


async def test_a_judge_who_prefers_a_place_prefers_no_answer() -> None:
    episode, _ = await debated(lambda _: Answer("verdict: first"))
    assert answers(episode) == {"a": 0.0, "b": 0.0}
    assert (episode.measures["first"], episode.measures["flipped"]) == (1.0, 1.0)


async def test_a_judge_who_looks_at_the_answers_never_flips() -> None:
    episode, _ = await debated(verdict_for("b"))
    assert (episode.measures["first"], episode.measures["flipped"]) == (0.5, 0.0)


async def test_without_a_swap_the_place_counts() -> None:
    episode, judge = await debated(lambda _: Answer("verdict: first"), Debate(samples=4, swap=False))
    assert answers(episode) == {"a": 1.0, "b": -1.0}
    assert len(judge.shown) == 1
    assert "flipped" not in episode.measures


@pytest.mark.parametrize(
    ("bad", "state"), [(Answer("hm"), "unread"), (Answer("verdict: first", Outcome.FAILED), "failed")]
)
async def test_a_verdict_that_is_none_is_no_result_and_no_win_for_anybody(bad: Answer, state: str) -> None:
    episode, _ = await debated(lambda _: bad)
    assert episode.samples == []
    assert episode.measures[state] == 2

    def only_once(judged: Judged) -> Answer:
        return Answer("verdict: first") if judged.answers[0] == "a" else bad

    episode, _ = await debated(only_once)
    assert answers(episode) == {"a": 1.0, "b": -1.0}


async def test_a_tie_is_a_result_in_which_nobody_gains() -> None:
    episode, _ = await debated(verdict_for("z"))
    assert [sample.weight for sample in episode.samples] == [0.0] * len(episode.samples)


async def test_where_all_answers_are_alike_there_is_no_debate() -> None:
    episode, judge = await debated(verdict_for("a"), said="aaaa")
    assert (episode.samples, judge.shown) == ([], [])
    assert episode.measures["undisputed"] == 1


async def test_each_question_s_verdicts_go_to_its_own_answers() -> None:
    questions = [Question(QUESTION.text) for _ in range(3)]
    judge = Judge(verdict_for("b"))
    episode = await Debate(samples=4, protocol=Protocol(turns=0))(questions, judge, Policy())
    assert (
        episode.samples
        == [
            Sample(QUESTION, "a", -1.0, math.log(0.5)),
            Sample(QUESTION, "b", 1.0, math.log(0.5)),
        ]
        * 3
    )


TOWN = Context(("Ada\nAda lives in Rome. The sister of Ada is Eve.", "Eve\nEve works as a nurse. Eve lives in Oslo."))
WHERE = Question("Where does the sister of Ada live?", TOWN)
OSLO, ROME = "Oslo “Eve lives in Oslo.”", "Rome “Ada lives in Rome.”"
ARGUED = "argue that the {} answer is right"


@dataclass
class Reader:
    """Has two answers to what is asked about the town, and for each side something to say; reads what it is asked."""

    says: tuple[str, str]
    prompts: list[str] = field(default_factory=list)

    async def __call__(self, questions: Sequence[Question], /) -> list[Answer]:
        return [self._answer(question) for question in questions]

    def _answer(self, question: Question) -> Answer:
        if question.text == WHERE.text:
            return Answer((OSLO, ROME)[(question.sample_index or 0) % 2], confidence=0.5)
        self.prompts.append(question.text)
        head, _, judged = question.text.partition("\n")
        seen = read_judgement_question(judged)
        assert seen is not None, "a debater sees what the judge does"
        argued = seen.answers[0 if head.startswith(ARGUED.format("first")) else 1]
        return Answer(self.says[argued == ROME], confidence=0.5)

    async def score(self, questions: Sequence[Question], answers: Sequence[str], /) -> list[float]:
        raise AssertionError


@pytest.mark.parametrize(
    ("says", "shown"),
    [
        (("Eve lives in Oslo.", "Eve lives in Rome."), {"Eve lives in Oslo."}),
        (("Eve lives  in Oslo", "trust me"), {"Eve lives in Oslo"}),
        (("", "The sister of Ada is Eve."), {"The sister of Ada is Eve."}),
    ],
)
async def test_debaters_who_read_a_document_may_quote_it_and_h_judges_by_what_it_reads(
    says: tuple[str, str], shown: set[str]
) -> None:
    task, policy = Reading(), Reader(says)
    judge = HCH(Scripted(Overseeing(task.script)), task.depth, task.lookup)
    episode = await Debate(protocol=Protocol(allowed=Quoted()))([WHERE], judge, policy)
    assert episode.measures["read"] == 2
    worth = {sample.answer: sample.weight for sample in episode.samples if sample.question.text == WHERE.text}
    assert worth == {OSLO: 1, ROME: -1}
    judged = [read_judgement_question(transcript.question.text) for transcript in episode.transcripts]
    assert {text for item in judged if item is not None for _, text in item.statements} == shown


async def test_in_text_a_persuadable_judge_believes_the_last_word_and_both_orders_make_that_even() -> None:
    task, policy = Reading(), Reader(("Eve lives in Oslo.", "Eve lives in Rome."))
    human = Persuadable(Scripted(Overseeing(task.script)), 1.0)
    episode = await Debate()([WHERE], HCH(human, task.depth, task.lookup), policy)
    assert (episode.measures["flipped"], episode.measures["first"]) == (1, 0)
    assert {sample.weight for sample in episode.samples if sample.question.text == WHERE.text} == {0}
    assert any("second says: Eve lives in Rome." in t.question.text for t in episode.transcripts)
