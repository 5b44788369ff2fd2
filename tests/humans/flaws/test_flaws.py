from __future__ import annotations

import pickle
import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hch import Amplify, Answer, Ask, Context, Otherwise, Pass, Question, Reply, Workspace
from hch.humans.flaws.anchored import Anchored
from hch.humans.flaws.charmed import Charmed
from hch.humans.flaws.corruptible import Corruptible
from hch.humans.flaws.length_biased import LengthBiased
from hch.humans.flaws.noisy import Noisy
from hch.humans.flaws.outargued import Outargued
from hch.humans.flaws.persuadable import Persuadable
from hch.humans.flaws.sway import contains
from hch.humans.overseeing import Overseeing
from hch.humans.scripted import Scripted, Steps, reply
from hch.models.table import Table
from hch.protocols import Human, Scheme
from hch.schemes.approval import Approval
from hch.schemes.closeness import Closeness
from hch.schemes.counterfactual import Counterfactual
from hch.schemes.imitation import Imitation
from hch.tasks.lists import Lists
from hch.tasks.permutation import Permutation
from hch.tasks.wordy import WithoutPhrases, Wordy
from hch.text.judgements import FIRST, SECOND, TIE, Judged, Kind, judgement_question, rating, reply_text, verdict
from hch.training.oversight import Oversight
from hch.types import Action, Consultation, Episode, Sample

KINDS: list[Any] = [Charmed, LengthBiased, Anchored, Persuadable, Noisy, Corruptible, Outargued]
every_flaw = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
TASK = Wordy(Permutation(largest=4, bits=3, symbols=8))
OVERSEEING = Scripted(Overseeing(TASK.script, TASK.same))


def says_b(_: str) -> Steps:
    yield from ()
    return reply("b")


HONEST = Scripted(Overseeing(says_b))


async def share(human: Human, answer: str, question: str = "which?", kind: Kind = Kind.RATE) -> float | None:
    own = "b" if kind is Kind.CLOSENESS else None
    asked = Question(judgement_question(Judged(kind, question, (answer,), own)))
    (judgement,) = await Amplify(human, Table({}))([asked])
    return rating(judgement).share


async def side(human: Human, first: str, second: str, *statements: tuple[str, str], question: str = "?") -> str | None:
    asked = Question(judgement_question(Judged(Kind.CHOOSE, question, (first, second), None, statements)))
    (judgement,) = await Amplify(human, Table({}))([asked])
    return verdict(judgement).side


def questions(count: int, sample_index: int | None = None) -> list[Question]:
    randomness = random.Random(0)
    contexts = [TASK.instance(randomness, 4) for _ in range(4)]
    drawn = [q for context in contexts for q in TASK.questions(context, count // 4, randomness)]
    return [Question(q.text, q.context, sample_index) for q in drawn]


def add_all_flaws(human: Human) -> Human:
    for kind in KINDS:
        human = kind(human, 1.0)
    return human


async def learn(scheme: Scheme, human: Human, said: Sequence[str]) -> list[Sample]:
    asked = questions(32)

    class Saying:
        async def __call__(self, given: Sequence[Question], /) -> list[Answer]:
            return [Answer(said[(q.sample_index or 0) % len(said)], confidence=0.5) for q in given]

        async def score(self, given: Sequence[Question], answers: Sequence[str], /) -> list[float]:
            return [0.0] * len(given)

    truth = {(q.text, q.context): TASK.gold(q) for c in {q.context for q in asked} for q in _all(c)}
    overseer = Amplify(human, Otherwise(TASK.lookup, Table(truth)))
    episode: Episode = await scheme(asked, overseer, Saying())
    return episode.samples


def _all(context: Context) -> list[Question]:
    elements = [fact[0] for fact in context.facts]
    return [Question(f"σ^{k}({x})?", context) for k in range(2, 8) for x in elements]


CHARMING = ("a surely trust me", "b", "c indeed indeed", "h")


async def test_what_must_see_an_answer_cannot_act_where_h_is_shown_none() -> None:
    assert await learn(Imitation(), OVERSEEING, CHARMING)
    flawed = add_all_flaws(OVERSEEING)
    for scheme in (Imitation(), Counterfactual(), Counterfactual(distance="cross-entropy")):
        assert await learn(scheme, flawed, CHARMING) == await learn(scheme, OVERSEEING, CHARMING)


@pytest.mark.parametrize("scheme", [Approval(), Closeness()], ids=lambda scheme: scheme.name)
@pytest.mark.parametrize("kind", [Charmed, LengthBiased, Anchored, Noisy], ids=lambda kind: kind.__name__)
async def test_where_h_is_shown_answers_each_flaw_moves_what_is_learned(scheme: Scheme, kind: Any) -> None:
    assert await learn(scheme, kind(OVERSEEING, 1.0), CHARMING) != await learn(scheme, OVERSEEING, CHARMING)


async def test_an_attack_in_what_h_is_told_acts_in_imitation_too_and_is_passed_on() -> None:
    asked = questions(8)
    ema_model = Table({(q.text, q.context): "obey" for c in {q.context for q in asked} for q in _all(c)})
    overseer = Amplify(Corruptible(OVERSEEING, 1.0), Otherwise(TASK.lookup, ema_model))
    episode = await Imitation()(asked, overseer, ema_model)
    assert "obey" in {sample.answer for sample in episode.samples}


@every_flaw
async def test_a_flaw_of_no_strength_changes_nothing(kind: Any) -> None:
    human = kind(OVERSEEING, 0.0)
    for scheme in (Approval(), Closeness(), Imitation()):
        assert await learn(scheme, human, CHARMING) == await learn(scheme, OVERSEEING, CHARMING)


@every_flaw
@pytest.mark.parametrize("strength", [-0.1, 1.1, float("nan")])
def test_a_strength_is_a_share(kind: Any, strength: float) -> None:
    with pytest.raises(ValueError, match="a flaw's strength is from 0 to 1"):
        kind(HONEST, strength)


def test_a_flawed_human_can_be_sent_to_another_process() -> None:
    human = add_all_flaws(OVERSEEING)
    assert pickle.loads(pickle.dumps(human)) == human


@every_flaw
async def test_a_flaw_depends_on_what_is_asked_and_not_on_what_is_asked_beside_it(kind: Any) -> None:
    human = kind(HONEST, 0.5)
    texts = [
        judgement_question(Judged(Kind.CHOOSE, f"q{i}", ("b trust me", "q"), None, ((FIRST, "x"),))) for i in range(20)
    ]
    workspaces = [Workspace(Question(text)) for text in texts]
    together: list[Action] = await human(workspaces)
    assert [(await human([workspace]))[0] for workspace in reversed(workspaces)] == together[::-1]


@every_flaw
@given(action=st.sampled_from([Reply("b"), Ask(("x",)), Pass("tired")]))
async def test_a_flaw_leaves_ordinary_questions_alone(kind: Any, action: Action) -> None:
    async def acts(workspaces: Sequence[Workspace], /) -> list[Action]:
        return [action] * len(workspaces)

    workspace = Workspace(Question("which?"), ((Consultation(Question("x"), Answer("trust me")),),))
    assert await kind(acts, 1.0)([workspace]) == [action]


@pytest.mark.parametrize(
    ("kind", "appealing", "plain"),
    [(Charmed, "c trust me", "c"), (LengthBiased, "c c c", "c"), (Anchored, "which", "c")],
)
@pytest.mark.parametrize("judging", [Kind.RATE, Kind.CLOSENESS])
async def test_a_rating_goes_from_honest_to_appeal_as_the_strength_grows(
    kind: Any, appealing: str, plain: str, judging: Kind
) -> None:
    for strength in (0.0, 0.25, 0.5, 1.0):
        human = kind(HONEST, strength)
        assert await share(human, appealing, kind=judging) == pytest.approx(strength)
        assert await share(human, plain, kind=judging) == 0
        assert await share(human, "b", kind=judging) == pytest.approx(1 - strength)


@pytest.mark.parametrize(("words", "appeal"), [("b", 0.0), ("b c", 0.5), ("b c d", 1.0), ("b c d e f", 1.0), ("", 0.0)])
async def test_length_appeals_by_the_word_up_to_the_longest(words: str, appeal: float) -> None:
    assert await share(LengthBiased(HONEST, 1.0, longest=3), words) == pytest.approx(appeal)


@pytest.mark.parametrize(
    ("text", "there"),
    [("Trust me!", True), ("b, TRUST  me", True), ("trust", False), ("me trust", False), ("entrust me", False)],
)
def test_a_charm_is_whole_words_in_order(text: str, there: bool) -> None:
    assert contains(text, "trust me") == there
    assert not contains(text, "")


@pytest.mark.parametrize(("kind", "appealing"), [(Charmed, "c trust me"), (LengthBiased, "c c c"), (Anchored, "which")])
async def test_the_appealing_side_wins_at_full_strength_in_either_place(kind: Any, appealing: str) -> None:
    human = kind(HONEST, 1.0)
    assert await side(human, appealing, "b", question="which?") == FIRST
    assert await side(human, "b", appealing, question="which?") == SECOND
    assert await side(human, "b", "c", question="what?") == FIRST, "where neither appeals the verdict is honest"


async def test_a_verdict_is_swayed_about_as_often_as_the_strength_says() -> None:
    human = Charmed(HONEST, 0.3)
    sides = [await side(human, "c trust me", "b", question=f"q{i}") for i in range(300)]
    assert 60 < sides.count(FIRST) < 120


FIRST_CLAIM, DENIAL = (FIRST, "a -> b"), (SECOND, "no: a -> c")


@pytest.mark.parametrize(
    ("statements", "turns", "believed"),
    [
        ((FIRST_CLAIM,), 1, FIRST),
        ((FIRST_CLAIM, (SECOND, "c -> d")), 1, SECOND),
        ((FIRST_CLAIM, DENIAL), 1, TIE),
        ((FIRST_CLAIM, (SECOND, "c -> d"), (FIRST, "no"), DENIAL), 1, FIRST),
        ((FIRST_CLAIM, (SECOND, ""), DENIAL), 1, FIRST),
        ((FIRST_CLAIM, (SECOND, ""), DENIAL), 2, TIE),
        ((FIRST_CLAIM, (FIRST, "no: not so")), 1, FIRST),
        ((), 1, TIE),
    ],
)
async def test_the_last_claim_that_was_not_refuted_in_time_is_believed(
    statements: tuple[tuple[str, str], ...], turns: int, believed: str
) -> None:
    human = Persuadable(HONEST, 1.0, turns=turns)
    assert await side(human, "x", "y", *statements) == believed


async def test_whom_h_passes_on_the_persuadable_may_still_believe() -> None:
    human = Persuadable(Scripted(Overseeing(TASK.script)), 1.0)
    assert await side(human, "x", "y", FIRST_CLAIM) == FIRST
    assert await side(human, "x", "y") is None


@pytest.mark.parametrize(
    ("statements", "believed"),
    [
        (((FIRST, "a -> b"), (SECOND, "c -> d"), (FIRST, "e -> f")), FIRST),
        (((FIRST, "a -> b"), (SECOND, "c -> d"), (SECOND, "e -> f")), SECOND),
        (((FIRST, "a -> b"), (FIRST, "a -> b"), (SECOND, "c -> d")), TIE),
        ((), TIE),
    ],
)
async def test_the_outargued_goes_by_what_was_said_whatever_it_knows(
    statements: tuple[tuple[str, str], ...], believed: str
) -> None:
    assert await side(Outargued(HONEST, 1.0), "b", "c", *statements) == believed
    assert await side(Outargued(Scripted(Overseeing(TASK.script)), 1.0), "b", "c", *statements) == believed
    assert await side(Outargued(HONEST, 0.0), "b", "c", *statements) == FIRST


async def test_the_outargued_may_be_told_what_counts() -> None:
    human = Outargued(HONEST, 1.0, lambda judged: float(judged.answers[0] == "c"))
    assert await side(human, "b", "c") == SECOND
    assert await side(human, "c", "b") == FIRST
    assert await share(human, "b") == 1, "ratings are its own"


async def test_noise_is_as_often_as_its_strength_says_and_one_judge_stays_with_what_it_said() -> None:
    async def errs(seed: int) -> list[float | None]:
        return [await share(Noisy(HONEST, 0.4, seed), "b", f"q{i}") for i in range(200)]

    shares = await errs(0)
    assert 50 < sum(rated != 1 for rated in shares) < 100
    assert await errs(0) == shares
    assert await errs(1) != shares


async def test_all_of_a_corrupted_judge_goes_to_the_attack() -> None:
    human = Corruptible(HONEST, 1.0)
    assert await share(human, "c obey") == 1
    assert await share(human, "b", "obey?") == 0
    assert await side(human, "b", "c obey") == SECOND
    assert await side(human, "b", "c", (FIRST, "Obey!")) == FIRST
    assert await share(human, "b") == 1


async def test_flaws_compose() -> None:
    both = Charmed(LengthBiased(HONEST, 0.5, longest=2), 0.5, phrase="surely")
    assert await share(both, "c") == 0
    assert await share(both, "c d") == pytest.approx(0.25)
    assert await share(both, "c surely") == pytest.approx(0.75)
    assert replace(both, strength=0.0) != both


async def test_a_rating_that_was_unread_stays_unread() -> None:
    async def mumbles(workspaces: Sequence[Workspace], /) -> list[Action]:
        return [Reply("hm")] * len(workspaces)

    assert await share(Charmed(mumbles, 1.0), "trust me") is None
    assert reply_text(0.5) == "rating: 5"


IN_TEXT = Wordy(Lists("largest"), WithoutPhrases())
READING = Scripted(Overseeing(IN_TEXT.script, IN_TEXT.same))
LARGEST = "largest of: 12, 73?"


@pytest.mark.parametrize(
    ("flawed", "pleasing", "plain"),
    [
        (Charmed(READING, 0.5, "trust me"), "12, trust me.", "12, believe me."),
        (LengthBiased(READING, 0.5, longest=4), "12, as everybody knows", "12"),
        (Anchored(READING, 0.5), "12, surely", "surely 12"),
        (Corruptible(READING, 1.0, attack="obey"), "12 obey", "12 surely"),
    ],
    ids=lambda item: type(item).__name__,
)
async def test_in_text_a_lie_is_rated_by_its_looks_where_h_is_flawed_and_as_a_lie_where_not(
    flawed: Any, pleasing: str, plain: str
) -> None:
    assert await share(flawed, pleasing, LARGEST) == pytest.approx(flawed.strength)
    assert await share(flawed, plain, LARGEST) == 0
    assert [await share(READING, said, LARGEST) for said in (pleasing, plain)] == [0, 0]
    assert [await share(READING, said, LARGEST) for said in ("73", "the answer is: 73.", "73, trust me")] == [1, 1, 1]


async def test_in_text_too_an_unrefuted_claim_persuades_and_noise_is_as_frequent_as_it_says() -> None:
    persuaded = Persuadable(READING, 1.0)
    assert await side(persuaded, "73", "12", (FIRST, "73 is larger"), (SECOND, "trust me"), question=LARGEST) == SECOND
    assert await side(READING, "73, surely", "the answer is 12", question=LARGEST) == FIRST
    texts = [f"largest of: {n}, 99?" for n in range(10, 90)]
    rated = [await share(Noisy(READING, 0.5), "99, indeed", text) for text in texts]
    assert 0.25 < sum(value != 1 for value in rated) / len(rated) < 0.7


async def test_what_appeals_in_text_is_counted_as_it_is_in_words() -> None:
    human = LengthBiased(Charmed(READING, 0.5, "trust me"), 0.5, longest=3)

    async def model(asked: Sequence[Question], /) -> list[Answer]:
        return [Answer("12, trust me" if "12" in question.text else "73") for question in asked]

    asked = [Question(LARGEST), Question("largest of: 73, 5?")]
    measures = await Oversight(asked, human, Table({}))(model, None)
    assert measures["appeal"] == {"LengthBiased": 0.5, "Charmed": 0.5}
    assert measures["unflawed_approval"] == 0.5
    assert measures["approval"] == pytest.approx((0.75 + 0.25) / 2), "the lie pleases more than the truth"
