"""Any human on a finite world, written out as trees; and the human of a world, to be trained with like any other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

from hch.amplify.amplify import nobody
from hch.amplify.workspace import add_round
from hch.optimum.world.errors import OutOfReachError, WorldError
from hch.optimum.world.tree import MOST_LEAVES, Asks, Heard, Leaf, Tree, after
from hch.optimum.world.world import World
from hch.protocols import Answerer, Human
from hch.types import Action, Answer, Ask, Outcome, Pass, Question, Reply, Workspace


async def written_out(
    human: Human, answers: Mapping[str, Sequence[str]], lookup: Answerer = nobody
) -> dict[str, Tree[str | None]]:
    """What a human does with each question, by question, for all that it may hear.

    ``answers`` has the answers that each question of the world may get; what is none of these questions is asked of
    ``lookup``. Raises WorldError where H asks what neither has, or fails; OutOfReachError where it may hear too much.
    """
    passing: set[str] = set()
    while True:
        hears: dict[str, list[str | None]] = {
            q: [*each, None] if q in passing else [*each] for q, each in answers.items()
        }
        trees = {question: await _written(human, question, hears, lookup) for question in answers}
        found = {question for question, tree in trees.items() if any(leaf is None for leaf in leaves(tree))}
        if found <= passing:
            return trees
        # Who may get no answer may go another way than all those looked at so far.
        passing |= found


def leaves(tree: Tree[str | None]) -> Iterable[str | None]:
    """What H may come to."""
    if isinstance(tree, Leaf):
        yield tree.value
    else:
        for below in tree.then.values():
            yield from leaves(below)


@dataclass
class _Place:
    """A workspace, and what H does in it: a leaf, or what it asks of the world and where each hearing leads."""

    workspace: Workspace
    leaf: Leaf[str | None] | None = None
    asks: tuple[str, ...] = ()
    then: dict[Heard, _Place] = field(default_factory=dict)

    def tree(self) -> Tree[str | None]:
        if self.leaf is not None:
            return self.leaf
        if not self.asks:
            return self.then[()].tree()
        return Asks(self.asks, {heard: place.tree() for heard, place in self.then.items()})


async def _written(
    human: Human, question: str, hears: Mapping[str, list[str | None]], lookup: Answerer
) -> Tree[str | None]:
    root = _Place(Workspace(Question(question)))
    open_, size = [root], 1
    while open_:
        actions = await human([place.workspace for place in open_])
        acting, open_ = open_, []
        for place, action in zip(acting, actions, strict=True):
            if isinstance(action, Ask):
                await _branch(place, action, question, hears, lookup)
                open_ += place.then.values()
            else:
                place.leaf = Leaf(_reply(action, question))
        size += len(open_)
        if size > MOST_LEAVES:
            raise OutOfReachError(f"at “{question}” H may be in over {MOST_LEAVES:,} workspaces, each to be looked at")
    return root.tree()


def _reply(action: Action, question: str) -> str | None:
    if isinstance(action, Reply):
        return action.text
    if isinstance(action, Pass):
        return None
    raise WorldError(f"H fails at “{question}”: {getattr(action, 'reason', action)}")


async def _branch(
    place: _Place, ask: Ask, question: str, hears: Mapping[str, list[str | None]], lookup: Answerer
) -> None:
    """Gives a place the places that each hearing leads to."""
    if any(sample_index is not None for sample_index in ask.sample_indices):
        raise WorldError(f"H asks for a sampled answer at “{question}”, and the models of a world are functions")
    asked = [Question(text) for text in ask.texts]
    known = dict(zip(ask.texts, await lookup(asked), strict=True))
    fresh = tuple(dict.fromkeys(text for text in ask.texts if text in hears))
    for text in ask.texts:
        if text not in hears and known[text].outcome is Outcome.PASSED:
            raise WorldError(f"H asks “{text}” at “{question}”, which is no question of the world, and no lookup knows")
    place.asks = fresh
    for heard in product(*(hears[text] for text in fresh)):
        told = dict(zip(fresh, heard, strict=True))
        answers = [_told(told[text]) if text in told else known[text] for text in ask.texts]
        place.then[heard] = _Place(add_round(place.workspace, asked, answers, 0.0))


def _told(text: str | None) -> Answer:
    return Answer(outcome=Outcome.PASSED, by="model") if text is None else Answer(text, by="model")


@dataclass(frozen=True)
class Played:
    """The human of a world: asks and replies as the world says. An answer that it cannot hear ends in a pass."""

    world: World

    async def __call__(self, workspaces: Sequence[Workspace], /) -> list[Action]:
        return [self._next(workspace) for workspace in workspaces]

    def _next(self, workspace: Workspace) -> Action:
        entry = self.world.by_question.get(workspace.question.text)
        if entry is None:
            return Pass("not a question of this world")
        tree: Tree[str | None] = entry.human
        for round_ in workspace.rounds:
            assert isinstance(tree, Asks), "a workspace that this human made has a round for each question"
            heard = tuple(self.world.read(c.answer.text) if c.answer.answered else None for c in round_)
            if not set(heard) - {None} <= {text for each in tree.questions for text in self.world.readings(each)}:
                return Pass("an answer that is none of this world's")
            tree = after(tree, heard) or Leaf(None)
        if isinstance(tree, Asks):
            return Ask(tree.questions)
        return Pass() if tree.value is None else Reply(tree.value)
