from __future__ import annotations

import pickle
from collections import Counter

from hch import Context, Pass, Question, Reply, Workspace
from hch.humans.guessing import Guessing

HUMAN = Guessing((("which?", ("a", "b", "c")),))


async def test_each_answer_is_about_as_likely_and_stays_the_same() -> None:
    workspaces = [Workspace(Question("which?", Context((str(number),)))) for number in range(300)]
    actions = await HUMAN(workspaces)
    assert await HUMAN(workspaces[::-1]) == actions[::-1]
    counts = Counter(action.text for action in actions if isinstance(action, Reply))
    assert set(counts) == {"a", "b", "c"}
    assert min(counts.values()) > 70


async def test_what_it_has_no_answer_to_it_passes_on() -> None:
    assert await HUMAN([Workspace(Question("why?"))]) == [Pass("I do not know this question")]
    assert pickle.loads(pickle.dumps(HUMAN)) == HUMAN
