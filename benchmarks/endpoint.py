"""An endpoint's questions a second, beside what would be ideal, and its memory over very many questions.

The server is another process on the same cores, which answers each call after 50 ms. Ideal is that so many calls are
always under way as are allowed: 256 of them are 5,120 answers a second, and 64, which is what an endpoint has unless
told otherwise, 1,280. Each call is one by aiohttp, all of them in one process and on one core, so its
CPU is what bounds them. A measurement is of 24 times as many questions, so that its first and last calls, when fewer
are under way, count little. Beside it, in turn, are calls by aiohttp alone, with no question or answer: what
the machine and this server allow. Memory is the process's largest, while 10,000 answers are remembered.
"""

from __future__ import annotations

import asyncio
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import aiohttp

from benchmarks.harness import Figure, Note, Times, ratios
from hch.models.endpoint.endpoint import Endpoint, EndpointSettings
from hch.training.process import rare_collections
from hch.types import Question

BODY = b"{}" + b" " * 150
"""About as much as a question is."""


@contextmanager
def server(seconds: float) -> Iterator[str]:
    """A server of its own process; yields its address."""
    command = [sys.executable, "-m", "benchmarks.completions_server", str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}/v1"
        finally:
            process.terminate()


@dataclass(frozen=True)
class EndpointCost:
    """``repeats`` times ``batches`` times as many questions as are under way, and ``many`` for memory."""

    latency_seconds: float = 0.05
    concurrent: tuple[int, ...] = (256, 64)
    batches: int = 24
    repeats: int = 5
    many: int = 100_000
    remembered: int = 10_000

    def __call__(self, note: Note, /) -> Iterator[Figure]:
        with server(self.latency_seconds) as url:
            for concurrency in self.concurrent:
                note(f"{concurrency} at once")
                with rare_collections():  # as in a run
                    times, bare = asyncio.run(self.measure(url, concurrency))
                count = concurrency * self.batches
                ideal = concurrency / self.latency_seconds
                name = f"{concurrency} questions at once"
                shares = tuple(count / wall / ideal for wall in times.walls)
                bar = 0.9 if concurrency == max(self.concurrent) else None
                yield Figure(f"{name}: share of the ideal throughput", "", shares, bar=bar, aim=0.9, at_least=True)
                yield Figure(f"{name}: share by aiohttp alone", "", tuple(count / wall / ideal for wall in bare.walls))
                yield Figure(f"{name}: answers a second", "/s", tuple(count / wall for wall in times.walls))
                yield Figure(f"{name}: CPU of a call", "ms", tuple(1e3 * cpu / count for cpu in times.cpus))
                yield Figure(f"{name}: CPU over aiohttp's alone", "×", ratios(times.cpus, bare.cpus))
        with server(0.0) as url:
            early, late = asyncio.run(self.memory(url, note))
        name = f"memory gained from {self.many // 5:,} to {self.many:,} questions"
        yield Figure(name, "MB", (late - early,), bar=10.0)
        yield Figure(f"memory after {self.many:,} questions", "MB", (late,))

    async def measure(self, url: str, concurrency: int) -> tuple[Times, Times]:
        """What each repeat takes, and aiohttp alone; connections are there already."""
        endpoint = Endpoint(EndpointSettings(url=url, concurrency=concurrency, remembered=1000))
        times, bare = Times(), Times()
        connector = aiohttp.TCPConnector(limit=0)
        async with endpoint.connect(), aiohttp.ClientSession(connector=connector) as session:
            for repeat in range(self.repeats + 1):
                asked = [Question(f"{repeat} {number}") for number in range(concurrency * self.batches)]
                both = Times(), Times()
                with both[0].taken():
                    answers = await endpoint(asked)
                assert all(answer.answered for answer in answers)
                with both[1].taken():
                    await self.alone(session, f"{url}/chat/completions", concurrency)
                if repeat:  # the first one connects
                    times.add(both[0])
                    bare.add(both[1])
        return times, bare

    async def alone(self, session: aiohttp.ClientSession, address: str, concurrency: int) -> None:
        """As many calls with as many at once, and nothing else."""
        left = iter(range(concurrency * self.batches))

        async def work() -> None:
            for _ in left:
                async with session.post(address, data=BODY) as answer:
                    await answer.read()

        await asyncio.gather(*(work() for _ in range(concurrency)))

    async def memory(self, url: str, note: Note) -> tuple[float, float]:
        """The process's largest memory in MB after a fifth of the questions, and after all of them."""
        endpoint = Endpoint(EndpointSettings(url=url, concurrency=256, remembered=self.remembered))
        sizes, began = list[float](), time.monotonic()
        async with endpoint.connect():
            for part in range(5):
                note(f"memory: {part * self.many // 5:,} questions in {time.monotonic() - began:.0f} s")
                size = min(1000, self.many // 5)
                for start in range(0, self.many // 5, size):
                    await endpoint([Question(f"{part} {start + number}") for number in range(size)])
                sizes.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        return sizes[0], sizes[-1]


FULL = EndpointCost()
QUICK = EndpointCost(batches=1, repeats=1, many=1_500, remembered=500, concurrent=(32,))
