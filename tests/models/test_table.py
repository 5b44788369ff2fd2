from __future__ import annotations

import math
import pickle

from hch.models.table import Table
from hch.types import Context, Outcome, Question

HERE, THERE = Context(("here",)), Context(("there",))
TABLE = Table({"a": "1", ("b", HERE): "2", ("a", HERE): "never read", "empty": ""})


async def test_a_row_may_be_for_a_text_or_for_a_text_in_a_context() -> None:
    questions = [Question("a"), Question("a", HERE), Question("b", HERE), Question("b", THERE), Question("empty")]
    answers = await TABLE(questions)
    assert [answer.text for answer in answers] == ["1", "1", "2", "", ""]
    assert [answer.outcome is Outcome.PASSED for answer in answers] == [False, False, False, True, False]
    assert {answer.by for answer in answers} == {"table"}
    assert answers[3].reason == "not in the table"


async def test_a_table_is_certain_of_its_rows_and_of_nothing_else() -> None:
    questions = [Question("a"), Question("a"), Question("unknown")]
    assert await TABLE.score(questions, ["1", "2", ""]) == [0.0, -math.inf, -math.inf]


def test_a_table_is_pickled() -> None:
    assert pickle.loads(pickle.dumps(TABLE)) == TABLE
