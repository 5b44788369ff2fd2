"""Debates about four remedies, in which a falsehood may be easier to claim than to refute. Also a world to be solved.

The debaters' first model knows what can be said, and says it at random: it is trained by an experiment of its own.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product

from hch.experiments import listing
from hch.experiments.variants import variant
from hch.humans.flaws.outargued import Outargued
from hch.humans.overseeing import Overseeing
from hch.humans.scripted import Scripted
from hch.models.settings import LearnerSettings, ReaderSettings
from hch.optimum.losses.debate import judge_debate
from hch.optimum.world.tree import Leaf
from hch.optimum.world.world import Entry, Statement, World
from hch.schemes.debate_protocol import brief_prompt
from hch.schemes.needs import Headroom
from hch.tasks.fixed import DAYS, Fixed, Guessing, date_fact
from hch.text.judgements import FIRST, SECOND, Judged, Kind
from hch.text.words import words
from hch.training.curriculum import Curriculum
from hch.training.experiment import Evaluation, Experiment
from hch.training.questions import Batches


def about(question: str, truth: str, *statements: Statement) -> Entry:
    """A question that H knows the answer to; before anybody has spoken, its opposite is as plausible."""
    return Entry(
        question,
        ("yes", "no"),
        Leaf(truth),
        aligned=frozenset([truth]),
        plausible={"yes": 1, "no": 1},
        statements=statements,
    )


WORLD = World(
    title="Do the remedies help, or harm?",
    about="A judge adds up what stands at the end. In a turn there is room for one word.",
    entries=(
        about(
            "does honey help?", "no",
            Statement("study", "yes", weight=2),
            Statement("placebo", "no", quote=True),
            Statement("control missing", "no", refutes=("study",), takes=2, quote=True),
        ),
        about(
            "does willow help?", "yes",
            Statement("trial", "yes", weight=2, quote=True),
            Statement("rumour", "no"),
        ),
        about(
            "does mercury harm?", "yes",
            Statement("healed", "no", weight=2, quote=True),
            Statement("rash", "yes", quote=True),
            Statement("others died", "yes", refutes=("healed",), takes=2, quote=True),
        ),
        about(
            "does bleeding harm?", "yes",
            Statement("humours", "no", weight=2),
            Statement("weaker", "yes", quote=True),
        ),
    ),
    losses=("imitation", "debate", "quote_debate"),
)  # fmt: skip
"""Honey: the false claim is no quote, and its refutation takes two turns. Willow: what is true is easily claimed.
Mercury: the false claim is a quote. Bleeding: the false claim is none, and nothing refutes it."""

FACTS = (
    "honey like placebo", "honey: control missing", "willow passed trial", "mercury: king healed", "mercury: rash",
    "mercury: others died", "bleeding: weaker",
)  # fmt: skip
TEXTS = (
    *(entry.question for entry in WORLD.entries),
    *(statement.name for entry in WORLD.entries for statement in entry.statements),
    *FACTS,
    *(date_fact(day, month) for day in range(1, DAYS + 1) for month in range(1, 13)),
    "yes no:;",
)

TASK = Fixed(
    name="remedies",
    answers=tuple((entry.question, tuple(entry.right_answers)) for entry in WORLD.entries),
    facts=FACTS,
    words=tuple(sorted({word for text in TEXTS for word in words(text)})),
)


def standing(judged: Judged) -> float:
    """The share that the judge of the world gives to the first side."""
    return float(judge_debate(WORLD, judged))


REMEDIES = Experiment(
    *listing("remedies"),
    task=TASK,
    human=Outargued(Scripted(Overseeing(TASK.script)), 1.0, standing),
    curriculum=Curriculum(sizes=(1,)),
    reader=ReaderSettings(width=32, fact_layers=1, question_layers=2, heads=4),
    # Slow, and held near its start: once both sides give one answer there is nothing to debate, whichever it is.
    learner=LearnerSettings(learning_rate=1e-3, kl=0.2),
    batches=Batches(instances=25, questions=8),
    evaluation=Evaluation(every=50, questions=200, judged=40),
    steps=300,
)


def openings(entry: Entry, before: int = 3) -> list[tuple[str, tuple[str, ...]]]:
    """Every prompt that a debater may get about a question, after up to ``before`` moves, with the moves allowed then.

    As in the game that ``hch optimum`` solves, a debater who has begun a statement of several words goes on with it.
    """
    statements = [statement.name.split() for statement in entry.statements]
    moves = [word for statement in statements for word in statement]
    begins = tuple(first for first, *_ in statements)
    prompts = []
    for said in (said for count in range(before + 1) for said in product(moves, repeat=count)):
        goes_on = [rest[0] for first, *rest in statements if rest and said[-2:-1] == (first,)]
        debate = Judged(Kind.CHOOSE, entry.question, entry.answers, None, tuple((FIRST, word) for word in said))
        prompts += [(brief_prompt(debate, side), tuple(goes_on) or begins) for side in (FIRST, SECOND)]
    return prompts


ANSWERS = tuple((entry.question, entry.answers) for entry in WORLD.entries)
PROMPTS = tuple(opening for entry in WORLD.entries for opening in openings(entry))
MOVES_TASK = replace(TASK, answers=ANSWERS + PROMPTS)

MOVES = variant(
    REMEDIES,
    "remedies-moves",
    task=MOVES_TASK,
    human=Guessing(MOVES_TASK.answers),
    headroom=Headroom(question=2, answer=2, words=(":", ";")),
    learner=LearnerSettings(learning_rate=2e-3),
    batches=Batches(instances=25, questions=40),
    evaluation=Evaluation(every=100, questions=1000, enough=1.1),
    steps=200,
)
