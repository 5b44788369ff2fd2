"""A served run, asked by the official client over a real connection."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import httpx
import openai
import pytest
from openai import AsyncOpenAI, OpenAI

from hch.amplify.amplify import Amplify
from hch.humans.language import Prompted
from hch.humans.scripted import Scripted
from hch.models.endpoint.endpoint import Endpoint, EndpointSettings
from hch.models.language.model import Language, LanguagePolicy
from hch.serving.api.app import Limits, application
from hch.tasks.permutation import power_script
from hch.training.trained import AnyContext, Trained
from hch.types import Context, Outcome, Question
from tests.servers import serving

FACTS = "ann -> ben\nben -> cai\ncai -> dot\ndot -> ann"
MESSAGE = f"{FACTS}\n\nσ^2(ann)?"
LARGE_MESSAGE = f"{FACTS}\n\nσ^6(ann)?"


def ask(client: OpenAI, model: str, text: str, **more: Any) -> Any:
    return client.chat.completions.create(model=model, messages=[{"role": "user", "content": text}], **more)


def test_its_models_are_the_model_the_human_and_hch(reader: OpenAI) -> None:
    names = [model.id for model in reader.models.list()]
    assert names == ["model", "amplified", "alone", "hch", "hch-1"]
    assert reader.models.retrieve("hch-1").owned_by == "hch"


def test_each_says_what_the_run_says_to_the_same_question(reader: OpenAI, reading: Trained) -> None:
    context = Context(tuple(FACTS.split("\n")))
    for name in ("model", "amplified"):
        (known,) = asyncio.run(AnyContext(reading, name)([Question("σ^3(ann)?", context)]))
        completion = ask(reader, name, f"{FACTS}\n\nσ^3(ann)?")
        assert (completion.choices[0].message.content or "") == known.text
        assert completion.choices[0].finish_reason == "stop"
    assert ask(reader, "hch", f"{FACTS}\n\nσ^3(ann)?").choices[0].message.content == "dot"


def test_what_the_human_cannot_do_alone_is_a_refusal_with_the_reason_and_never_text(reader: OpenAI) -> None:
    completion = ask(reader, "alone", LARGE_MESSAGE)
    assert completion.choices[0].message.content is None
    assert "not an element" in completion.choices[0].message.refusal
    assert completion.hch["outcome"] == "passed"
    assert ask(reader, "alone", f"{FACTS}\n\nσ(ann)?").choices[0].message.content == "ben"


def test_usage_counts_the_words_that_were_read_and_said(reader: OpenAI) -> None:
    usage = ask(reader, "hch", MESSAGE).usage
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (4 * 3 + 5 + 7, 1, 25)


def test_the_tree_of_consultations_comes_back_when_it_is_asked_for(reader: OpenAI) -> None:
    completion = ask(reader, "hch", MESSAGE, extra_body={"hch": {"tree": True}})
    root, *_ = completion.hch["tree"]["transcripts"]
    assert root["question"] == "σ^2(ann)?"
    asked = [consultation["question"] for round_ in root["rounds"] for consultation in round_]
    assert asked == ["σ(ann)?", "σ(ben)?"]
    assert completion.hch["consultations"] == 2
    assert "tree" not in ask(reader, "hch", MESSAGE).hch


@pytest.mark.parametrize("name", ["hch", "alone"])
def test_a_stream_has_the_same_answer_in_pieces_and_says_how_it_ended(reader: OpenAI, name: str) -> None:
    chunks = list(ask(reader, name, LARGE_MESSAGE, stream=True, stream_options={"include_usage": True}))
    whole = ask(reader, name, LARGE_MESSAGE)
    deltas = [chunk.choices[0].delta for chunk in chunks if chunk.choices]
    assert "".join(delta.content or "" for delta in deltas) == (whole.choices[0].message.content or "")
    assert "".join(delta.refusal or "" for delta in deltas) == (whole.choices[0].message.refusal or "")
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-2].hch["outcome"] == whole.hch["outcome"]
    assert chunks[-1].usage == whole.usage
    assert len({chunk.id for chunk in chunks}) == 1


def test_a_stream_without_usage_ends_with_the_reason(reader: OpenAI) -> None:
    chunks = list(ask(reader, "hch", MESSAGE, stream=True))
    assert chunks[-1].choices[0].finish_reason == "stop"


async def test_many_at_once_are_each_answered_with_their_own(reading_url: str) -> None:
    facts = [f"{FACTS}\n\nσ^{k % 4}({name})?" for k in range(10) for name in ("ann", "ben", "cai", "dot")]
    async with AsyncOpenAI(base_url=reading_url, api_key="none", max_retries=0) as client:
        calls = [client.chat.completions.create(model="hch", messages=[{"role": "user", "content": f}]) for f in facts]
        completions = await asyncio.gather(*calls)
    names = ["ann", "ben", "cai", "dot"]
    right = [names[(place + k % 4) % 4] for k in range(10) for place in range(4)]
    assert [completion.choices[0].message.content for completion in completions] == right


def test_sampled_answers_differ_by_seed_and_are_repeated_by_it(speaker: OpenAI) -> None:
    texts = {seed: sample_text(speaker, seed) for seed in range(20)}
    assert len(set(texts.values())) > 1
    assert {seed: sample_text(speaker, seed) for seed in texts} == texts
    assert ask(speaker, "model", "1 2 3", temperature=1.5).hch["seed"] >= 0


def sample_text(client: OpenAI, seed: int) -> str:
    return str(ask(client, "model", "1 2 3", temperature=1.5, seed=seed).choices[0].message.content)


def test_a_language_model_is_asked_in_any_words_and_whoever_consults_it_in_the_tasks(
    speaker: OpenAI, speaking: Trained
) -> None:
    given = ask(speaker, "model", "Some facts\n\nwhat is there to say")
    prompt = speaking.state.ema_model.language.chat.prompt(Question("Some facts\n\nwhat is there to say"))  # type: ignore[attr-defined]
    assert given.usage.prompt_tokens == len(prompt)
    assert ask(speaker, "hch", "largest of: 3, 8, 4?").choices[0].message.content == "8"
    with pytest.raises(openai.BadRequestError, match="names some whole numbers"):
        ask(speaker, "hch", "what is there to say")


def test_an_answer_that_is_cut_says_so(speaker: OpenAI) -> None:
    completion = ask(speaker, "hch", "largest of: 33, 82, 40?", max_tokens=1)
    assert (completion.choices[0].message.content, completion.choices[0].finish_reason) == ("8", "length")
    completion = ask(speaker, "hch", "largest of: 33, 82, 40?", max_completion_tokens=2)
    assert (completion.choices[0].message.content, completion.choices[0].finish_reason) == ("82", "stop")
    assert completion.usage.completion_tokens == 2
    completion = ask(speaker, "hch", "largest of: 33, 82, 40?", stop=["2", "x"])
    assert (completion.choices[0].message.content, completion.choices[0].finish_reason) == ("8", "stop")


def test_an_answer_that_does_not_end_is_empty_and_ends_for_its_length(speaking: Trained) -> None:
    ema_model = speaking.state.ema_model
    assert isinstance(ema_model, LanguagePolicy)
    model, settings = ema_model.language.model, ema_model.language.settings
    short = replace(settings, generation=replace(settings.generation, most_tokens=1))
    policy = LanguagePolicy(Language(model, ema_model.language.tokenizer, short), "model")
    hasty = replace(speaking, state=replace(speaking.state, ema_model=policy))
    with serving(application(hasty)) as address, OpenAI(base_url=f"{address}/v1", api_key="none") as client:
        completion = ask(client, "model", "largest of: 3, 8?")
    assert (completion.choices[0].message.content, completion.choices[0].finish_reason) == ("", "length")
    assert "no end after 1 tokens" in completion.hch["reason"]


@pytest.mark.parametrize(
    ("change", "status", "message"),
    [
        ({"model": "hch-9"}, 404, "there is no model “hch-9”; did you mean hch"),
        ({"messages": []}, 400, "one message of the user"),
        ({"messages": [{"role": "system", "content": "Be brief."}]}, 400, "Got messages of: system"),
        ({"messages": [{"role": "user", "content": "  "}]}, 400, "the message is empty"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, 400, "only text can be read"),
        ({"messages": [{"role": "user", "content": 3}]}, 400, "at messages[0].content"),
        ({"messages": [{"role": "user", "content": "σ(a)?"}]}, 400, "there are no facts here"),
        ({"messages": [{"role": "user", "content": "a -> a\n\nσ(b)?"}]}, 400, "“b” is no element here"),
        ({"temperature": 0.5}, 400, "temperature is 0 for the most probable answer, or 1"),
        ({"temperature": -1}, 400, "at temperature"),
        ({"max_tokens": 0}, 400, "at max_tokens"),
        ({"n": 2}, 400, "n is not supported: it may only be 1"),
        ({"tools": [{}]}, 400, "tools is not supported"),
        ({"logprobs": True}, 400, "logprobs is not supported"),
        ({"max_token": 1}, 400, "did you mean max_tokens?"),
        ({"hch": {"trees": True}}, 400, "at hch"),
        ({"hch": {"tree": "yes"}}, 400, "at hch.tree"),
    ],
)
def test_what_cannot_be_done_is_said_in_words_and_in_openais_shape(
    reading_url: str, change: dict[str, Any], status: int, message: str
) -> None:
    body = {"model": "hch", "messages": [{"role": "user", "content": MESSAGE}]} | change
    response = httpx.post(f"{reading_url}/chat/completions", json=body)
    assert response.status_code == status
    error = response.json()["error"]
    assert message in error["message"]
    assert error["type"] == "invalid_request_error"
    assert error["param"]


def test_settings_that_change_nothing_are_taken(reader: OpenAI) -> None:
    completion = ask(
        reader, "hch", MESSAGE, n=1, top_p=1, user="me", presence_penalty=0.0, logprobs=False, tools=[], seed=3
    )
    assert completion.choices[0].message.content == "cai"


def test_a_message_in_parts_is_one_text(reader: OpenAI) -> None:
    parts = [{"type": "text", "text": FACTS}, {"type": "text", "text": "σ^2(ann)?"}]
    completion = reader.chat.completions.create(model="hch", messages=[{"role": "user", "content": parts}])  # type: ignore[list-item, misc]
    assert completion.choices[0].message.content == "cai"


@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff", b"[" * 100_000, b'{"model": NaN}', b""])
def test_a_body_that_is_no_request_is_refused(reading_url: str, content: bytes) -> None:
    headers = {"content-type": "application/json"}
    response = httpx.post(f"{reading_url}/chat/completions", content=content, headers=headers)
    assert response.status_code == 400
    assert response.json()["error"]["message"]


def test_what_is_elsewhere_is_said_to_be_there(reading_url: str) -> None:
    response = httpx.post(f"{reading_url}/responses", json={})
    assert response.status_code == 404
    assert "/v1/chat/completions" in response.json()["error"]["message"]
    assert httpx.get(f"{reading_url}/chat/completions").status_code == 405


def test_a_foreign_name_a_form_and_too_large_a_body_are_refused(reading_url: str) -> None:
    assert httpx.get(f"{reading_url}/models", headers={"host": "evil.example"}).status_code == 421
    assert httpx.post(f"{reading_url}/chat/completions", data={"model": "hch"}).status_code == 415
    headers = {"content-type": "application/json"}
    large = httpx.post(f"{reading_url}/chat/completions", content=b" " * (5 << 20), headers=headers)
    assert large.status_code == 413

    def pieces() -> Any:
        yield from (b" " * (1 << 20) for _ in range(5))

    assert httpx.post(f"{reading_url}/chat/completions", content=pieces(), headers=headers).status_code == 413


def test_where_there_is_a_key_nobody_comes_in_without_it(reading: Trained) -> None:
    with serving(application(reading, key="a key of many letters")) as address:
        wrong = pytest.raises(openai.AuthenticationError, match="the key is wrong")
        with OpenAI(base_url=f"{address}/v1", api_key="another", max_retries=0) as client, wrong:
            client.models.list()
        with OpenAI(base_url=f"{address}/v1", api_key="a key of many letters", max_retries=0) as client:
            assert ask(client, "hch", MESSAGE).choices[0].message.content == "cai"
        assert httpx.get(f"{address}/v1/models").status_code == 401


async def test_more_than_may_wait_are_told_to_come_again(reading: Trained) -> None:
    with serving(application(reading, limits=Limits(at_once=1, waiting=2))) as address:
        body = {"model": "amplified", "messages": [{"role": "user", "content": MESSAGE}]}
        async with httpx.AsyncClient() as client:
            calls = (client.post(f"{address}/v1/chat/completions", json=body, timeout=60) for _ in range(30))
            responses = await asyncio.gather(*calls)
        refused = [response for response in responses if response.status_code == 429]
        assert refused
        assert refused[0].headers["retry-after"] == "1"
        assert refused[0].json()["error"]["type"] == "rate_limit_error"
        assert any(response.status_code == 200 for response in responses)
        # An endpoint of this project does come again.
        settings = EndpointSettings(url=f"{address}/v1", model="hch", longest_wait_seconds=0.2)
        questions = [Question(f"σ^{k % 4}(ann)?", Context(tuple(FACTS.split("\n"))), sample_index=k) for k in range(12)]
        assert all(answer.answered for answer in await Endpoint(settings)(questions))


async def test_a_served_run_is_a_model_to_an_endpoint(reading_url: str) -> None:
    context = Context(tuple(FACTS.split("\n")))
    model = Endpoint(EndpointSettings(url=reading_url, model="hch-1"))
    amplified = Amplify(Scripted(power_script), model)
    answers = await amplified([Question("σ^6(ann)?", context), Question("σ^3(dot)?", context)])
    assert [answer.text for answer in answers] == ["cai", "cai"]
    assert model.ledger.of("model").tokens_read > 0


async def test_a_served_run_is_a_human_to_an_endpoint_that_cannot_be_read(speaking_url: str) -> None:
    human = Prompted(Endpoint(EndpointSettings(url=speaking_url, model="model")))
    (answer,) = await Amplify(human, Endpoint(EndpointSettings(url=speaking_url, model="hch")))([Question("largest?")])
    # A model that has learned nothing of acting does not act, and that is an outcome.
    assert answer.outcome is Outcome.FAILED
