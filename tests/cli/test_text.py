"""The tasks in text as a user has them: trained and asked by commands, with a model that has learned nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hch.cli import main
from hch.text.files import read_json
from tests.languages import language_folder

QUICK = {
    "--steps": 2,
    "--checkpoint-every": 2,
    "--batches.instances": 2,
    "--batches.questions": 2,
    "--language.precision": "float32",
    "--language.generation.most-tokens": 4,
    "--evaluation.every": 2,
    "--evaluation.questions": 10,
}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(language_folder(tmp_path_factory.mktemp("models") / "tiny"))


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def train(name: str, model: str, *options: str) -> int:
    quick = [str(word) for option in QUICK.items() for word in option]
    return main(["train", name, "--language.path", model, "--out", "run", *quick, *options])


def write(*rows: object) -> str:
    Path("mine.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    return "mine.jsonl"


def take_apart(n: int) -> dict[str, str]:
    steps = f"How many eggs do {n} hens lay? ** {2 * n}\nHow much are {2 * n} eggs at $3? ** ${6 * n}"
    return {"question": f"{n} hens lay 2 eggs each. What do they bring at $3?", "answer": f"{steps}\n#### {6 * n}"}


@pytest.mark.parametrize(
    ("name", "question", "said"),
    [
        ("sums-tiny", "sum of 3, 4 and 5?", "12"),
        ("arithmetic-tiny", "What is 2 + three times 4?", "14"),
    ],
)
def test_a_task_is_trained_and_asked(
    name: str, question: str, said: str, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train(name, model) == 0
    capsys.readouterr()
    assert main(["ask", "run", question, "--as", "hch"]) == 0
    assert capsys.readouterr().out == f"{said}\n"
    assert main(["ask", "run", question, "--as", "model"]) == 1
    assert capsys.readouterr().out == "failed: no end after 4 tokens\n"


def test_a_document_is_read_and_the_answer_quotes_it(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert train("reading-tiny", model) == 0
    Path("town.txt").write_text("Ada\nAda lives in Rome. The sister of Ada is Eve.\n\nEve\nEve lives in Oslo.", "utf-8")
    capsys.readouterr()
    words = ["ask", "run", "Where does the sister of Ada live?", "--context", "town.txt", "--as", "hch", "--tree"]
    assert main(words) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("Where does the sister of Ada live?  Oslo “Eve lives in Oslo.”")
    assert "is “The sister of Ada is Eve.” there?  yes, in section 1" in shown
    assert main(["resume", "run"]) == 0


def test_questions_of_ones_own_are_trained_on_and_asked(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(*map(take_apart, range(40)))
    assert train("questions-tiny", model, "--task.path", file) == 0
    results = read_json(Path("run/results.json"))
    assert results["accuracy"]["hch"] == 1.0
    assert results["human_actions"] > 0
    capsys.readouterr()
    question = take_apart(7)["question"]
    assert main(["ask", "run", question, "--as", "hch", "--tree"]) == 0
    shown = capsys.readouterr().out
    assert "How many eggs do 7 hens lay?  14  HCH(0)" in shown
    assert "How much are 14 eggs at $3?  $42" in shown


PROMPTED = """
from dataclasses import replace

from hch.experiments import load
from hch.humans.language import Prompted, examples_from
from hch.models.settings import Generation
from hch.models.settings import LanguageSettings
from hch.models.language.frozen import FrozenLanguageModel
from hch.tasks.questions import Questions

task = Questions("mine.jsonl")
settings = LanguageSettings({model!r}, precision="float32", generation=Generation(most_tokens=4))
speaker = FrozenLanguageModel(settings, name="H")
human = Prompted(speaker, examples=examples_from(task.transcripts, 4))
EXPERIMENT = replace(load("questions-tiny"), name="prompted", task=task, human=human)
"""


def test_a_prompted_model_plays_h_in_an_experiment_of_ones_own(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    write(*map(take_apart, range(40)))
    Path("prompted.py").write_text(PROMPTED.format(model=model), "utf-8")
    assert train("prompted.py", model) == 0
    capsys.readouterr()
    assert main(["ask", "run", "Why?", "--as", "amplified"]) == 1
    assert capsys.readouterr().out == "failed: failed: no end after 4 tokens\n"


def test_questions_whose_answer_nobody_knows_are_learned_from_and_count_in_no_accuracy(model: str) -> None:
    rows = [{"question": f"How are you, {n}?"} for n in range(40)]
    assert train("questions-tiny", model, "--task.path", write(*rows)) == 0
    results = read_json(Path("run/results.json"))
    assert results["accuracy"] == {"alone": None, "model": None, "amplified": None, "hch": None}
    assert (results["status"], results["questions_seen"]) == ("done", 4)


def test_supervised_learning_leaves_out_what_nobody_knows(model: str) -> None:
    rows = [{"question": f"How are you, {n}?", **({"gold": "well"} if n % 2 else {})} for n in range(40)]
    assert train("questions-tiny", model, "--task.path", write(*rows), "--scheme", "supervised") == 0
    assert read_json(Path("run/results.json"))["status"] == "done"


def test_facts_that_are_brought_are_what_a_question_is_about(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"question": f"Who lives in town {n}?", "context": [f"Town\nAda lives in town {n}."]} for n in range(40)]
    assert train("reading-tiny", model, "--task.path", write(*rows)) == 0
    Path("facts.txt").write_text("Town\nEve lives in town 7, and nobody else.", "utf-8")
    for words, said in (([], "Ada lives in town 7."), (["--context", "facts.txt"], "Eve lives in town 7, and")):
        capsys.readouterr()
        assert main(["ask", "run", "Who lives in town 7?", "--as", "hch", *words]) == 0
        assert said in capsys.readouterr().out


@pytest.mark.parametrize("name", ["questions-tiny", "reading-tiny"])
def test_what_is_wrong_with_a_file_is_said_before_a_folder_is_made(
    name: str, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write({"question": "Why?", "context": "a"}, {"question": ""}, {"question": "How?", "gold": 3})
    assert train(name, model, "--task.path", file) == 2
    shown = capsys.readouterr().err
    assert "mine.jsonl has rows that cannot be read" in shown
    assert "line 2: there is no question" in shown
    assert "line 3: gold, the known answer, is a text, got a number" in shown
    assert "Traceback" not in shown
    assert not Path("run").exists()


@pytest.mark.parametrize("name", ["arithmetic-tiny", "reading-tiny"])
def test_a_small_reader_cannot_read_these_texts(name: str, model: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", name, "--no-language", "--steps", "1", "--out", "run"]) == 2
    assert "only a language model reads this task's texts" in capsys.readouterr().err
    assert not Path("run").exists()


def test_a_model_that_is_not_there_is_said_without_a_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    assert train("sums-tiny", "nowhere") == 1
    shown = capsys.readouterr().err
    assert "there is no model at nowhere; expected a folder of Hugging Face's" in shown
    assert "Traceback" not in shown
    assert not Path("run").exists()


def test_without_a_file_questions_say_how_one_is_named(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert train("questions-tiny", model) == 2
    assert "--task.path FILE.jsonl" in capsys.readouterr().err
