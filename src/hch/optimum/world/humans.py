"""From a human to policy trees on a world, and from a world to the human that acts by its trees."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

from hch.amplify.amplify import nobody
from hch.amplify.workspace import add_round
from hch.optimum.world.errors import OutOfReachError, WorldError
from hch.optimum.world.tree import MOST_LEAVES, Branch, Leaf, Observation, Tree, get_child
from hch.optimum.world.world import World
from hch.protocols import Answerer, Human
from hch.types import Action, Answer, Ask, Outcome, Pass, Question, Reply, Workspace

Views = Mapping[str, list[str | None]]
"""By question, what H may hear; None stands for no answer."""


async def expand_human(
    human: Human, answers: Mapping[str, Sequence[str]], lookup: Answerer = nobody
) -> dict[str, Tree[str | None]]:
    """A human's policy tree for each question, over everything that it may hear.

    ``answers`` has the possible answers to each question of the world; a question outside it goes to ``lookup``. Raises
    WorldError where H asks a question that neither has, or fails; OutOfReachError where H may hear too much.
    """
    passing: set[str] = set()
    while True:
        views: Views = {q: [*texts, None] if q in passing else [*texts] for q, texts in answers.items()}
        trees = {question: await _expand_question(human, question, views, lookup) for question in answers}
        may_pass = {question for question, tree in trees.items() if None in _iterate_leaves(tree)}
        if may_pass <= passing:
            return trees
        # H may take a new path where a sub-question gets no answer, and may then pass where it did not before.
        passing |= may_pass


def _iterate_leaves(tree: Tree[str | None]) -> Iterable[str | None]:
    if isinstance(tree, Leaf):
        yield tree.value
    else:
        for child in tree.children.values():
            yield from _iterate_leaves(child)


@dataclass
class _Node:
    """A workspace, and what H does in it: a leaf, or questions to the world with a node for each observation."""

    workspace: Workspace
    leaf: Leaf[str | None] | None = None
    questions: tuple[str, ...] = ()
    children: dict[Observation, _Node] = field(default_factory=dict)

    def to_tree(self) -> Tree[str | None]:
        if self.leaf is not None:
            return self.leaf
        if not self.questions:
            # H only asked the lookup, whose answers are the same for every model.
            return self.children[()].to_tree()
        return Branch(self.questions, {heard: child.to_tree() for heard, child in self.children.items()})


async def _expand_question(human: Human, question: str, views: Views, lookup: Answerer) -> Tree[str | None]:
    """The tree of one question, level by level: the human gets all open workspaces of a level in one batch."""
    root = _Node(Workspace(Question(question)))
    frontier, size = [root], 1
    while frontier:
        actions = await human([node.workspace for node in frontier])
        level, frontier = frontier, []
        for node, action in zip(level, actions, strict=True):
            if isinstance(action, Ask):
                await _add_children(node, action, question, views, lookup)
                frontier += node.children.values()
            else:
                node.leaf = Leaf(_get_reply(action, question))
        size += len(frontier)
        if size > MOST_LEAVES:
            raise OutOfReachError(f"at “{question}” H may be in over {MOST_LEAVES:,} workspaces, too many to enumerate")
    return root.to_tree()


def _get_reply(action: Action, question: str) -> str | None:
    if isinstance(action, Reply):
        return action.text
    if isinstance(action, Pass):
        return None
    raise WorldError(f"H fails at “{question}”: {getattr(action, 'reason', action)}")


async def _add_children(node: _Node, ask: Ask, question: str, views: Views, lookup: Answerer) -> None:
    if any(sample_index is not None for sample_index in ask.sample_indices):
        raise WorldError(f"H asks for a sampled answer at “{question}”, and the models of a world are functions")
    questions = [Question(text) for text in ask.texts]
    looked_up = dict(zip(ask.texts, await lookup(questions), strict=True))
    node.questions = tuple(dict.fromkeys(text for text in ask.texts if text in views))
    for text in ask.texts:
        if text not in views and looked_up[text].outcome is Outcome.PASSED:
            raise WorldError(f"H asks “{text}” at “{question}”, which is no question of the world, and no lookup knows")
    for observation in product(*(views[text] for text in node.questions)):
        heard = dict(zip(node.questions, observation, strict=True))
        answers = [_make_answer(heard[text]) if text in heard else looked_up[text] for text in ask.texts]
        node.children[observation] = _Node(add_round(node.workspace, questions, answers, 0.0))


def _make_answer(text: str | None) -> Answer:
    return Answer(outcome=Outcome.PASSED, by="model") if text is None else Answer(text, by="model")


@dataclass(frozen=True)
class WorldHuman:
    """The human of a world: acts by the world's trees, and passes if it hears an answer that none of them expects."""

    world: World

    async def __call__(self, workspaces: Sequence[Workspace], /) -> list[Action]:
        return [self._act(workspace) for workspace in workspaces]

    def _act(self, workspace: Workspace) -> Action:
        entry = self.world.by_question.get(workspace.question.text)
        if entry is None:
            return Pass("not a question of this world")
        node: Tree[str | None] = entry.human
        for round_ in workspace.rounds:
            assert isinstance(node, Branch), "every round of this human's workspace comes from a branch"
            heard = tuple(self.world.human_view(c.answer.text) if c.answer.answered else None for c in round_)
            readable = {text for question in node.questions for text in self.world.human_views[question]}
            if not set(heard) - {None} <= readable:
                return Pass("an answer that is none of this world's")
            node = get_child(node, heard) or Leaf(None)
        if isinstance(node, Branch):
            return Ask(node.questions)
        return Pass() if node.value is None else Reply(node.value)
