from __future__ import annotations

import pytest

from hch.people.store.database import Database
from hch.people.store.export import Exported, current_transcripts
from hch.people.store.items import load_item
from hch.people.store.projects import Rules
from hch.people.store.rows import INSTRUCTIONS, action_chats, answer_chats, transcript_row
from hch.text.render import INDENT, action_text, read_action, workspace_text
from hch.types import Answer, Ask, Budget, Consultation, Outcome, Pass, Question, Reply, Transcript, Workspace
from tests.people.store.teams import BOOK, Team


def current(store: Database) -> list[Exported]:
    with store.reading() as connection:
        return list(current_transcripts(connection))


def nothing(workspace: Workspace, rules: Rules) -> list[str]:
    return []


def everything(workspace: Workspace, rules: Rules) -> list[str]:
    return list(workspace.question.context.facts)


def asked(question: Question) -> str:
    return f"{len(question.context.facts)} facts. {question.text}"


def contents(row: dict[str, list[dict[str, str]]], role: str) -> list[str]:
    return [message["content"] for message in row["messages"] if message["role"] == role]


def alone(transcript: Transcript) -> Exported:
    return Exported("id", transcript, tuple((None,) * len(round_) for round_ in transcript.rounds), 0.0, None)


def test_a_chat_is_what_a_person_had_before_them_and_what_they_did_in_the_renderers_words(store: Database) -> None:
    team = Team(store)
    project = team.project(["Why?\nReally"], other_side="model", consultations=3)
    seen = []
    for action in (Ask(("What is x?", "And\ny?")), Reply("so\nit is")):
        item = team.take(1)
        seen.append((workspace_text(item.workspace), action_text(action)))
        team.act_in(item, 1, action)
        if isinstance(action, Ask):
            team.model_answers(project.id, "1", "2")
    (exported,) = current(store)
    rows = list(action_chats(exported, nothing))
    assert [(contents(row, "user"), contents(row, "assistant")) for row in rows] == [
        ([shown], [done]) for shown, done in seen
    ]
    assert [contents(row, "system") for row in rows] == [[INSTRUCTIONS]] * 2
    assert "left: 1 depth, 1 consultations" in contents(rows[1], "user")[0]


def test_facts_that_were_seen_come_first_each_under_its_label(store: Database) -> None:
    team = Team(store)
    team.project(["Why?"], consultations=None)
    team.act(1, Reply("so"))
    (exported,) = current(store)
    (row,) = action_chats(exported, everything)
    (shown,) = contents(row, "user")
    assert shown.splitlines() == [
        "fact 1: Lists", f"{INDENT}A list keeps its order.", "fact 2: Tuples", f"{INDENT}A tuple never changes.",
        "question: Why?", "left: 1 depth",
    ]  # fmt: skip


def test_a_pass_is_an_action_and_never_an_answer() -> None:
    passed = alone(Transcript(Question("Why?", BOOK), (), Outcome.PASSED, "", "I do not know", "person 1"))
    (row,) = action_chats(passed, nothing)
    assert contents(row, "assistant") == ["pass: I do not know"]
    assert list(answer_chats(passed, asked)) == []


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.OUT_OF_BUDGET])
def test_what_nobody_chose_is_no_action(outcome: Outcome) -> None:
    round_ = (Consultation(Question("What?", BOOK), Answer("x")),)
    failed = alone(Transcript(Question("Why?", BOOK), (round_,), outcome, "", "it broke", "M"))
    assert [contents(row, "assistant") for row in action_chats(failed, nothing)] == [["ask: What?"]]
    assert list(answer_chats(failed, asked)) == []


def test_a_question_with_its_answer_is_a_chat_too() -> None:
    answered = alone(Transcript(Question("Why?", BOOK), (), Outcome.ANSWERED, "so", "", "person 1"))
    (row,) = answer_chats(answered, asked)
    assert row == {"messages": [{"role": "user", "content": "2 facts. Why?"}, {"role": "assistant", "content": "so"}]}


def test_the_instructions_spell_actions_that_can_be_read() -> None:
    for line in INSTRUCTIONS.splitlines()[1:4]:
        assert read_action(line) is not None
    several = read_action("ask: one\n    line more\nask #1: two")
    assert several == Ask(("one\nline more", "two"), (None, 1))


def test_a_transcript_without_work_has_the_same_columns_as_one_with(store: Database) -> None:
    team = Team(store)
    team.project(["Why?"])
    team.act(1, Pass("no idea"))
    (exported,) = current(store)
    with_work = transcript_row(exported)
    without = transcript_row(alone(exported.transcript))
    assert list(with_work) == list(without)
    assert with_work["begun"] == {"depth": 1.0, "consultations": 20.0, "words": None, "seconds": None, "usd": None}
    assert without["begun"] is None
    assert without["person"] is None
    assert with_work["person"] == 1


def test_a_transcript_names_what_lies_below_it_and_who_said_it(store: Database) -> None:
    team = Team(store)
    team.project(["Why?"])
    team.act(1, Ask(("What is x?",)))
    below = team.act(2, Reply("1"))
    team.act(1, Reply("so"))
    first = transcript_row(current(store)[0])
    assert first["rounds"] == [
        [
            {
                "question": "What is x?", "draw": None, "outcome": "answered", "answer": "1", "reason": "",
                "by": "person 2", "confidence": 1.0, "seed": None, "transcript": below.transcript,
            }
        ]
    ]  # fmt: skip
    assert first["context"] == list(BOOK.facts)
    assert first["context_id"] == BOOK.id


def test_numbers_of_any_length_are_texts() -> None:
    sample_index = 8**50
    consultation = Consultation(Question("What?", BOOK, sample_index), Answer("x", seed=sample_index))
    row = transcript_row(
        alone(Transcript(Question("Why?", BOOK, sample_index), ((consultation,),), Outcome.ANSWERED, "x"))
    )
    assert (row["draw"], row["rounds"][0][0]["draw"], row["rounds"][0][0]["seed"]) == (str(sample_index),) * 3


def test_gold_stays_in_the_store(store: Database) -> None:
    from hch.people.store.posting import post_roots

    team = Team(store)
    project = team.project([])
    store.write(post_roots, project, [Question("Why?", BOOK)], 1.0, ["the known answer"])
    assert store.read(load_item, 1).gold == "the known answer"  # type: ignore[union-attr]
    team.act(1, Reply("so"))
    (exported,) = current(store)
    every = [transcript_row(exported), *action_chats(exported, everything), *answer_chats(exported, asked)]
    assert "the known answer" not in str(every)


def test_the_budget_left_is_told_as_it_was_seen() -> None:
    from hch.people.store.export import Work

    work = Work("demo", 1, True, Rules(), Budget(depth=2, words=50), 1, 0.0, None, 1.0, 0.0, 0, None, None)
    consultation = Consultation(Question("What?", BOOK), Answer("three words here"))
    transcript = Transcript(Question("Why?", BOOK), ((consultation,),), Outcome.ANSWERED, "so")
    rows = list(action_chats(Exported("id", transcript, ((None,),), 0.0, work), nothing))
    assert [contents(row, "user")[0].splitlines()[-1] for row in rows] == [
        "left: 2 depth, 50 words",
        "left: 2 depth, 47 words",
    ]
