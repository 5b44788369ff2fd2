"""Against a real server on this machine, that misbehaves as real ones do."""

from __future__ import annotations

import asyncio
import email.utils
import gzip
import json
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse

from hch.models.endpoint.endpoint import Endpoint, EndpointSettings
from hch.models.endpoint.ledger import Ledger, Prices
from hch.training.record import to_record
from hch.types import Context, Outcome, Question
from tests.servers import Server, completion, completions, refusal

PRICED = Prices(usd_per_million_read=1_000.0, usd_per_million_written=2_000.0)


def echo(body: dict[str, Any], _: int) -> Response:
    return completion(f"you asked: {body['messages'][-1]['content']}")


def key(settings: EndpointSettings) -> bytes:
    """By which an endpoint knows a question again."""
    endpoint, question = Endpoint(settings), Question("q", sample_index=1)
    return endpoint._key(question, json.dumps(endpoint._body(question)).encode())


def settings(server: Server, **changes: Any) -> EndpointSettings:
    return replace(EndpointSettings(url=server.url, deadline_seconds=10, longest_wait_seconds=0.2), **changes)


async def test_questions_are_answered_in_order_with_their_facts() -> None:
    with completions(echo) as server:
        answers = await Endpoint(settings(server, system="Be brief."))(
            [Question(f"q{i}", Context((f"fact {i}",))) for i in range(20)]
        )
    assert [answer.text for answer in answers] == [f"you asked: fact {i}\n\nq{i}" for i in range(20)]
    assert server.bodies[0]["messages"][0] == {"role": "system", "content": "Be brief."}


async def test_no_more_calls_are_under_way_than_allowed() -> None:
    with completions(echo, latency_seconds=0.02) as server:
        await Endpoint(settings(server, concurrency=5))([Question(str(i)) for i in range(40)])
    assert 2 <= server.most_at_once <= 5


async def test_the_same_question_is_asked_once_even_while_it_is_being_asked() -> None:
    with completions(echo, latency_seconds=0.1) as server:
        endpoint = Endpoint(settings(server))
        batches = await asyncio.gather(*(endpoint([Question("same")]) for _ in range(10)))
        await endpoint([Question("same")])
    assert {answer.text for batch in batches for answer in batch} == {"you asked: same"}
    assert len(server.bodies) == 1
    account = endpoint.ledger.of("model")
    assert (account.calls, account.spared_calls) == (1, 10)


async def test_who_waits_for_the_call_of_one_that_is_cancelled_asks_himself() -> None:
    with completions(echo, latency_seconds=0.2) as server:
        endpoint = Endpoint(settings(server))
        first, second = (asyncio.create_task(endpoint([Question("same")])) for _ in range(2))
        await asyncio.sleep(0.1)
        first.cancel()
        (answer,) = await second
        with pytest.raises(asyncio.CancelledError):
            await first
    assert answer.text == "you asked: same"
    assert endpoint.ledger.of("model").calls == 2
    assert not endpoint._asked


async def test_whatever_an_answer_depends_on_makes_it_another_question() -> None:
    with completions(echo) as server:
        endpoint = Endpoint(settings(server))
        drawn = [Question("q", sample_index=sample_index) for sample_index in range(30)]
        await endpoint([Question("q"), Question("q", Context(("fact",))), *drawn])
        assert len(server.bodies) == 32
        seeds = [body.get("seed") for body in server.bodies]
        assert len(set(seeds)) == 31
        assert {body["temperature"] for body in server.bodies} == {0.0, 1.0}
        for invalidate in ({"model": "other"}, {"system": "s"}, {"most_tokens": 7}, {"seed": 1}, {"temperature": 0.5}):
            assert key(settings(server)) != key(settings(server, **invalidate)), invalidate


async def test_another_server_is_another_question() -> None:
    here, there = (key(EndpointSettings(url=f"http://{host}/v1")) for host in ("a", "b"))
    assert here != there


async def test_retry_after_may_be_a_date() -> None:
    def busy(body: dict[str, Any], number: int) -> Response:
        soon = email.utils.format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
        return refusal(429, retry_after=soon) if number == 1 else echo(body, number)

    with completions(busy) as server:
        (answer,) = await Endpoint(settings(server, longest_wait_seconds=5))([Question("q")])
    assert answer.answered
    assert 0.9 <= server.times[1] - server.times[0] <= 3


async def test_retry_after_that_cannot_be_read_is_as_none() -> None:
    def busy(body: dict[str, Any], number: int) -> Response:
        return refusal(503, retry_after="later") if number == 1 else echo(body, number)

    with completions(busy) as server:
        (answer,) = await Endpoint(settings(server))([Question("q")])
    assert answer.answered


async def test_a_batch_of_any_size_makes_no_more_tasks_than_calls_may_be_under_way() -> None:
    with completions(echo, latency_seconds=0.05) as server:
        endpoint = Endpoint(settings(server, concurrency=8))
        asked = asyncio.create_task(endpoint([Question(str(i)) for i in range(200)]))
        most = 0
        while not asked.done():
            most = max(most, len(asyncio.all_tasks()))
            await asyncio.sleep(0.005)
        answers = await asked
    assert [answer.text for answer in answers] == [f"you asked: {i}" for i in range(200)]
    assert most <= 2 * 8 + 10


async def test_of_a_call_that_fails_and_one_that_is_repeated_all_is_counted() -> None:
    def wavering(body: dict[str, Any], number: int) -> Response:
        if number == 1:
            return refusal(500)
        return completion("half", finish="length") if number == 2 else echo(body, number)

    with completions(wavering) as server:
        ledger = Ledger()
        endpoint = Endpoint(settings(server, prices=PRICED), ledger)
        (first,) = await endpoint([Question("q")])
        (second,) = await endpoint([Question("q")])
    assert (first.outcome, second.outcome) == (Outcome.FAILED, Outcome.ANSWERED)
    account = ledger.of("model")
    # The server's own failure has no usage; an answer that did not end was paid for.
    assert (account.calls, account.retries, account.failed) == (3, 1, 1)
    assert account.usd == pytest.approx(2 * PRICED.cost(10, 5))


async def test_a_server_that_is_busy_is_asked_again_after_what_it_asks_for() -> None:
    def busy(body: dict[str, Any], number: int) -> Response:
        return refusal(429, retry_after="0.15") if number == 1 else echo(body, number)

    with completions(busy) as server:
        (answer,) = await Endpoint(settings(server))([Question("q")])
    assert answer.answered
    assert server.times[1] - server.times[0] >= 0.15


async def test_no_wait_is_longer_than_allowed_nor_the_whole_longer_than_the_deadline() -> None:
    with completions(lambda *_: refusal(503, retry_after="18000")) as server:
        started = time.monotonic()
        (answer,) = await Endpoint(settings(server, deadline_seconds=0.5, longest_wait_seconds=0.1))([Question("q")])
        taken = time.monotonic() - started
    assert answer.outcome is Outcome.FAILED
    assert "no answer within 0.5 seconds: the server said 503" in answer.reason
    assert len(server.bodies) >= 3
    assert taken < 5


async def test_an_answer_that_takes_too_long_is_an_outcome_and_never_text() -> None:
    with completions(echo, latency_seconds=1.0) as server:
        (answer,) = await Endpoint(settings(server, deadline_seconds=0.2))([Question("q")])
    assert (answer.outcome, answer.text) == (Outcome.FAILED, "")


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (lambda *_: refusal(401), "the server said 401"),
        (lambda *_: completion(None), "sent no text"),
        (lambda *_: completion("   "), "sent no text"),
        (lambda *_: completion(None, refusal="I will not"), "I will not"),
        (lambda *_: completion("half an ans", finish="length"), "no end after 256 tokens"),
    ],
)
async def test_what_is_no_answer_is_an_outcome_with_its_reason_and_is_asked_again(reply: Any, reason: str) -> None:
    with completions(reply) as server:
        endpoint = Endpoint(settings(server))
        for _ in range(2):
            (answer,) = await endpoint([Question("q")])
            assert (answer.outcome, answer.text) == (Outcome.FAILED, "")
            assert reason in answer.reason
    assert len(server.bodies) == 2


async def test_an_answer_that_trickles_in_has_no_more_time_than_one_that_does_not_come() -> None:
    async def trickle() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" "
            await asyncio.sleep(0.05)

    started = time.monotonic()
    with completions(lambda *_: StreamingResponse(trickle())) as server:
        (answer,) = await Endpoint(settings(server, deadline_seconds=0.4))([Question("q")])
        taken = time.monotonic() - started
    assert "no answer within 0.4 seconds" in answer.reason
    assert taken < 3


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://127.0.0.1:9/v1", "Cannot connect to host 127.0.0.1:9"),
        ("nowhere", "nowhere"),
    ],
)
async def test_a_server_that_is_not_there_is_an_outcome(url: str, why: str) -> None:
    settings_ = EndpointSettings(url=url, deadline_seconds=0.3, longest_wait_seconds=0.1)
    (answer,) = await Endpoint(settings_)([Question("q")])
    assert "the server cannot be reached" in answer.reason
    assert why in answer.reason


async def test_a_server_that_hangs_up_is_asked_again() -> None:
    async def rude(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(rude, "127.0.0.1", 0) as listening:
        url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/v1"
        endpoint = Endpoint(EndpointSettings(url=url, deadline_seconds=0.5, longest_wait_seconds=0.1))
        (answer,) = await endpoint([Question("q")])
    assert "the server cannot be reached: Server disconnected" in answer.reason
    assert endpoint.ledger.of("model").retries >= 2


async def test_a_proxy_of_the_environment_is_asked_but_not_for_what_it_is_not_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append((await reader.readline()).decode().split()[:2])
        writer.write(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(proxy, "127.0.0.1", 0) as listening:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}")
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        with completions(echo) as server:
            (near,) = await Endpoint(settings(server))([Question("q")])
            (far,) = await Endpoint(settings(server, url="http://nowhere.invalid/v1"))([Question("q")])
    assert near.text == "you asked: q"
    assert "the server said 403" in far.reason
    assert seen == [["POST", "http://nowhere.invalid/v1/chat/completions"]]


async def test_an_answer_may_be_packed() -> None:
    def packed(*_: Any) -> Response:
        reply = completion("yes")
        body = gzip.compress(bytes(reply.body))
        return Response(body, headers={"content-encoding": "gzip"}, media_type="application/json")

    with completions(packed) as server:
        (answer,) = await Endpoint(settings(server))([Question("q")])
    assert answer.text == "yes"


async def test_each_call_has_the_same_headers_and_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "a key")
    with completions(echo) as server:
        await Endpoint(settings(server, concurrency=1))(
            [Question("q"), Question("longer"), Question("q", sample_index=1)]
        )
    first, *others = (
        {name: text for name, text in item.items() if name != "content-length"} for item in server.headers
    )
    assert others == [first, first]
    assert first["authorization"] == "Bearer a key"
    assert first["content-type"] == "application/json"
    assert first["user-agent"] == "hch"


async def test_what_is_paid_and_what_is_spared_are_kept_apart_and_add_up() -> None:
    def once_busy(body: dict[str, Any], number: int) -> Response:
        return refusal(429, retry_after="0") if number == 1 else echo(body, number)

    with completions(once_busy) as server:
        ledger = Ledger()
        ema_model = Endpoint(settings(server, prices=PRICED), ledger, "EMA model")
        judge = Endpoint(settings(server, prices=PRICED), ledger, "judge")
        (first,) = await ema_model([Question("a")])
        await ema_model([Question("a"), Question("b")])
        await judge([Question("a")])
    cost = PRICED.cost(10, 5)
    assert first.spent is not None
    assert first.spent.usd == pytest.approx(cost)
    assert ledger.of("EMA model").usd == pytest.approx(2 * cost)
    assert ledger.of("EMA model").spared_usd == pytest.approx(cost)
    assert ledger.of("EMA model").retries == 1
    assert ledger.usd == pytest.approx(3 * cost)
    assert ledger.record()["roles"]["judge"]["tokens_read"] == 10


async def test_no_call_is_made_that_could_cost_more_than_is_left() -> None:
    with completions(echo, latency_seconds=0.02) as server:
        ledger = Ledger(most_usd=0.3)
        # Each call costs 0.02 dollars, and could cost more; twenty are asked for at once.
        endpoint = Endpoint(settings(server, prices=PRICED, most_tokens=20), ledger)
        answers = await endpoint([Question(str(i)) for i in range(20)])
    outcomes = [answer.outcome for answer in answers]
    assert ledger.usd <= 0.3
    assert 0 < outcomes.count(Outcome.ANSWERED) == len(server.bodies) < 20
    assert outcomes.count(Outcome.OUT_OF_BUDGET) == 20 - len(server.bodies)
    assert ledger.reserved_usd == pytest.approx(0)


async def test_what_is_remembered_is_bounded() -> None:
    with completions(echo) as server:
        endpoint = Endpoint(settings(server, remembered=10))
        await endpoint([Question(str(i)) for i in range(50)])
        assert len(endpoint._known) == 10
        assert not endpoint._asked


def test_it_works_in_one_event_loop_after_another() -> None:
    with completions(echo) as server:
        endpoint = Endpoint(settings(server))
        for text in ("a", "b"):
            (answer,) = asyncio.run(endpoint([Question(text)]))
            assert answer.text == f"you asked: {text}"


@pytest.mark.parametrize(
    "reply",
    [
        JSONResponse({"choices": []}),
        JSONResponse({"choices": [{"message": {"content": 3}}]}),
        JSONResponse({"choices": "yes"}),
        JSONResponse([]),
        JSONResponse({"choices": [{"message": {"content": "yes"}}], "usage": {"prompt_tokens": "many"}}),
        PlainTextResponse("yes"),
        Response(b"{", media_type="application/json"),
    ],
)
async def test_a_reply_that_is_no_completion_is_an_outcome(reply: Response) -> None:
    with completions(lambda *_: reply) as server:
        (answer,) = await Endpoint(settings(server))([Question("q")])
    assert (answer.outcome, answer.text) == (Outcome.FAILED, "")
    assert answer.reason


def test_a_run_s_record_has_its_settings_and_never_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "a secret")
    one, other = (to_record(Endpoint(EndpointSettings(url="http://a/v1"), role="H")) for _ in range(2))
    assert one == other
    assert "http://a/v1" in one["shown"]
    assert "a secret" not in one["shown"]
