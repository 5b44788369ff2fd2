"""What ``hch export`` writes, in the hands of those who fine-tune: loaded with datasets, trained on with TRL."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from hch.cli import main
from hch.models.language.chat import question_text
from hch.people.store.database import Database, open_store
from hch.people.store.judging import Verdict
from hch.people.store.withdrawing import withdraw
from hch.types import Ask, Pass, Question, Reply
from tests.languages import byte_tokenizer, tiny_language
from tests.people.store.teams import BOOK, Team
from tests.shared_data import shared_data

datasets = pytest.importorskip("datasets", reason="datasets loads what is exported: pip install 'hch[dev]'")
trl = pytest.importorskip("trl", reason="TRL trains on what is exported: pip install 'hch[dev]'")

# The libraries warn about each other's older names, and one starts a thread pool that it never closes.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    for name in ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE", "HF_DATASETS_DISABLE_PROGRESS_BARS"):
        monkeypatch.setenv(name, "1")
    opened = open_store("")
    yield opened
    opened.close()


@pytest.fixture
def worked(database: Database) -> Team:
    """Ann asks, Bob answers; and of three questions, two answers each, of which a judge chose one."""
    team = Team(database, answerers=4, judges=1)
    team.project([Question("Why?", BOOK), Question("How?", BOOK)])
    team.act(1, Ask(("What is x?", "What is y?")), about="Why?")
    team.act(2, Reply("x is 1\nor 2"), about="What is x?")
    team.act(2, Pass("no idea"), about="What is y?")
    team.act(1, Reply("so"), about="Why?")
    team.act(2, Reply("like this"), about="How?")
    judged = [Question(f"Which {number}?", BOOK) for number in range(3)]
    team.project(judged, "judged", copies=2, judging="choose")
    for question in judged:
        team.act(3, Reply(f"good, {question.text}"), about=question.text)
        team.act(4, Reply(f"bad, {question.text}"), about=question.text)
    for _ in judged:
        item = team.take(5, "choose")
        assert item.material is not None
        good = next(place for place, text in enumerate(item.material["answers"]) if text.startswith("good"))
        team.judge_in(item, 5, Verdict(choice=item.material["order"].index(good)))
    return team


def export(*words: str, name: str = "rows.jsonl") -> list[Any]:
    assert main(["export", *words, "--out", name]) == 0
    return [json.loads(line) for line in Path(name).read_text("utf-8").splitlines()]


def load_rows(name: str = "rows.jsonl") -> Any:
    return datasets.load_dataset("json", data_files=name, split="train", cache_dir="cache")


@pytest.mark.usefixtures("worked")
@pytest.mark.parametrize("rows", ["actions", "answers"])
def test_a_completion_is_the_last_message_and_the_prompt_all_before_it(rows: str) -> None:
    chats = export("--to", "chat", "--rows", rows)
    completions = export("--to", "completions", "--rows", rows, name="completions.jsonl")
    assert [[*row["prompt"], *row["completion"]] for row in completions] == [row["messages"] for row in chats]
    assert {row["completion"][0]["role"] for row in completions} == {"assistant"}
    assert load_rows("completions.jsonl").to_list() == completions


@pytest.mark.usefixtures("worked")
def test_preferences_are_a_question_as_a_model_gets_it_and_two_answers() -> None:
    rows = export("--to", "preferences")
    assert sorted(row["prompt"][0]["content"] for row in rows) == [
        question_text(Question(f"Which {number}?", BOOK)) for number in range(3)
    ]
    for row in rows:
        assert row["chosen"][0]["content"].startswith("good")
        assert row["rejected"][0]["content"].startswith("bad")
    assert load_rows().to_list() == rows
    assert export("--to", "preferences", "--project", "demo", name="none.jsonl") == []


def test_an_answer_that_was_taken_back_is_preferred_to_none(worked: Team) -> None:
    rows = export("--to", "preferences")
    number = worked.store.read(
        lambda c: c.exec_driver_sql(
            "select id from workspaces where text = 'good, Which 1?' and kind = 'work'"
        ).scalar()
    )
    assert number is not None
    worked.store.write(withdraw, 3, number, worked.tick())
    assert len(export("--to", "preferences", name="later.jsonl")) == len(rows) - 1


def train(make: Callable[..., Any], settings: Any) -> list[float]:
    """The losses of a few steps of a trainer, with a model that has learned nothing."""
    language = tiny_language()
    trainer = make(model=language.model, args=settings, train_dataset=load_rows(), processing_class=byte_tokenizer())
    trainer.train()
    return [row["loss"] for row in trainer.state.log_history if "loss" in row]


QUICK: dict[str, Any] = {
    "output_dir": "trained",
    "max_steps": 4,
    "per_device_train_batch_size": 4,
    "learning_rate": 1e-2,
    "logging_steps": 1,
    "report_to": [],
    "save_strategy": "no",
    "use_cpu": True,
    "bf16": False,
    "disable_tqdm": True,
}


@pytest.mark.usefixtures("worked")
@pytest.mark.parametrize(
    "words",
    [("chat",), ("chat", "--rows", "answers"), ("completions",), ("completions", "--rows", "answers")],
    ids=" ".join,
)
def test_trl_fine_tunes_on_them(words: tuple[str, ...]) -> None:
    assert export("--to", *words)
    losses = train(trl.SFTTrainer, trl.SFTConfig(**QUICK, eos_token="<|im_end|>"))
    assert len(losses) == 4
    assert losses[-1] < losses[0]


@pytest.mark.usefixtures("worked")
def test_trl_learns_from_the_preferences() -> None:
    assert export("--to", "preferences")
    # As it is now: the trainer would look for it where the model was loaded from, and this one was not loaded.
    reference = tiny_language().model
    losses = train(partial(trl.DPOTrainer, ref_model=reference), trl.DPOConfig(**QUICK))
    assert losses[0] == pytest.approx(0.693, abs=0.01), "ln 2: at first no answer is likelier than it was"
    assert losses[-1] < losses[0]


@pytest.mark.slow
@pytest.mark.usefixtures("database")
def test_all_of_gsm8ks_sub_questions_go_into_a_store_out_of_it_and_back_in_any_order() -> None:
    source = shared_data("gsm8k_test_socratic.jsonl")
    assert main(["store", "import", str(source), "--project", "gsm8k"]) == 2, "there is no such project"
    assert main(["store", "import", str(source), "--project", "gsm8k", "--make"]) == 0
    rows = export("--to", "chat", "--all", name="chats.jsonl")
    assert len(rows) == 4821 + 1319, "an action for each sub-question, and one for each reply"
    shuffled = random.Random(0).sample(rows, len(rows))
    Path("shuffled.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in shuffled), "utf-8")
    assert main(["store", "import", "shuffled.jsonl", "--store", "copy.db", "--project", "gsm8k", "--make"]) == 0
    again = export("--to", "chat", "--store", "copy.db", name="again.jsonl")
    assert sorted(map(json.dumps, again)) == sorted(map(json.dumps, rows))
