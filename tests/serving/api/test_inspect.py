"""A served run under Inspect, the evaluation tool, as under any other model with OpenAI's interface."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

# In a process of its own: Inspect changes how a process logs and runs its loop.
EVALUATION = """
import json, sys
from inspect_ai import Task, eval
from inspect_ai.dataset import Sample
from inspect_ai.model import get_model
from inspect_ai.scorer import exact
from inspect_ai.solver import generate

url, folder, name = sys.argv[1:]
facts = "ann -> ben\\nben -> cai\\ncai -> dot\\ndot -> ann"
true = {"σ(ann)?": "ben", "σ^2(ann)?": "cai", "σ^3(ben)?": "ann", "σ^6(ann)?": "cai"}
samples = [Sample(input=f"{facts}\\n\\n{question}", target=answer) for question, answer in true.items()]
model = get_model(f"openai-api/run/{name}", base_url=url, api_key="none")
task = Task(dataset=samples, solver=generate(), scorer=exact())
(log,) = eval(task, model=model, display="none", log_dir=folder, retry_on_error=0)
scores = {sample.input.rsplit("\\n", 1)[1]: sample.scores["exact"].value for sample in log.samples}
tokens = log.stats.model_usage[f"openai-api/run/{name}"].total_tokens
print(json.dumps({"status": log.status, "scores": scores, "tokens": tokens}))
"""


@pytest.mark.slow
@pytest.mark.parametrize(("name", "right"), [("hch", "CCCC"), ("alone", "CCCI")])
def test_an_evaluation_by_inspect_scores_what_is_served(
    reading_url: str, tmp_path: Path, name: str, right: str
) -> None:
    command = [sys.executable, "-c", EVALUATION, reading_url, str(tmp_path), name]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["status"] == "success"
    assert "".join(result["scores"].values()) == right
    assert result["tokens"] > 4 * 20
