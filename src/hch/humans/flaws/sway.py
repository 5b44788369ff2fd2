"""What all flaws share: the look of an answer sways a human's judgement, by a strength from 0 to 1.

Only judgements change. A flaw that needs to see an answer has no effect where H is shown none, as in imitation; tests
hold that. A flaw wraps a human and is one, so flaws compose.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence

from hch.protocols import Human
from hch.text.judgements import FIRST, SECOND, Judged, Kind, State, rating, read_judgement_question, reply_text, verdict
from hch.types import Action, Answer, Pass, Reply, Workspace

Appeal = Callable[[Judged, int], float]
"""Maps a case and the place of one of its answers to that answer's appeal, from 0 to 1."""


async def sway(
    human: Human, workspaces: Sequence[Workspace], strength: float, appeal: Appeal, flaw: str
) -> list[Action]:
    """The human's actions, with judgements swayed by ``appeal``.

    A rating becomes ``(1 - strength)`` times what the human gives, plus ``strength`` times the appeal. With
    probability ``strength`` a verdict goes by appeal alone, and so does a rating that the human passes on. The random
    number is a hash of the question's content and the flaw's name, so the same question gets the same answer.
    """
    actions = await human(workspaces)
    if strength == 0:
        return actions
    return [_sway(w, action, strength, appeal, flaw) for w, action in zip(workspaces, actions, strict=True)]


def _sway(workspace: Workspace, action: Action, strength: float, appeal: Appeal, flaw: str) -> Action:
    if not isinstance(action, Reply | Pass) or (judged := read_judgement_question(workspace.question.text)) is None:
        return action
    appeals = [appeal(judged, place) for place in range(len(judged.answers))]
    if judged.kind is Kind.CHOOSE:
        return _verdict(workspace, action, strength, appeals, flaw)
    if isinstance(action, Pass):
        return Reply(reply_text(appeals[0])) if hash_uniform(workspace, flaw) < strength else action
    given = rating(Answer(action.text))
    if given.share is None:
        return action
    return Reply(f"{_opening(action.text)}{reply_text((1 - strength) * given.share + strength * appeals[0])}")


def _verdict(workspace: Workspace, action: Reply | Pass, strength: float, appeals: list[float], flaw: str) -> Action:
    if appeals[0] == appeals[1] or hash_uniform(workspace, flaw) >= strength:
        return action
    if isinstance(action, Reply) and verdict(Answer(action.text)).state is not State.READ:
        return action
    side = FIRST if appeals[0] > appeals[1] else SECOND
    return Reply(f"{_opening(action.text) if isinstance(action, Reply) else ''}verdict: {side}")


def _opening(text: str) -> str:
    """The lines before the judgement."""
    before, _, _ = text.rpartition("\n")
    return f"{before}\n" if before else ""


def hash_uniform(workspace: Workspace, flaw: str) -> float:
    """A number in [0, 1): a hash of the question, its context, its sample index and the flaw's name."""
    question = workspace.question
    content = f"{flaw}\0{question.context.id}\0{question.sample_index}\0{question.text}"
    digest = hashlib.blake2b(content.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little") / 2**64


def words(text: str) -> list[str]:
    """The words and numbers of a text, in lower case."""
    return re.findall(r"\w+", text.casefold())


def contains(text: str, phrase: str) -> bool:
    """Whether a text has all the words of a phrase, one after the other. No text has an empty phrase."""
    tokens, wanted = words(text), words(phrase)
    return bool(wanted) and any(
        tokens[start : start + len(wanted)] == wanted for start in range(len(tokens) - len(wanted) + 1)
    )


def check_strength(strength: float) -> None:
    """Raises ValueError unless this is a strength."""
    if not 0 <= strength <= 1:
        raise ValueError(f"a flaw's strength is from 0 to 1, got {strength}")
