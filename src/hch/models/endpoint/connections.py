"""OpenAI's client for very many calls to one address: with connections by aiohttp, and a request that is built once.

The client puts a request together, with its address, its headers and its key, and says what a status means. Both are
left to it, but not done anew for each call: calls differ in their bodies, and in the time that they have.
"""

from __future__ import annotations

import copy
import ssl
import urllib.request
from typing import Any, Literal

import aiohttp
import httpx2
import openai
from multidict import CIMultiDict

PATH = "/chat/completions"

OF_THE_BODY = ("host", "content-length")
"""Headers that aiohttp writes itself."""

NO_HEADERS = httpx2.Headers()


class Client(openai.AsyncOpenAI):
    """The client of one server, with as many connections as there are calls under way, kept for the next ones."""

    def __init__(self, url: str, key: str, trusted: ssl.SSLContext | Literal[True]) -> None:
        super().__init__(
            base_url=url, api_key=key, max_retries=0, http_client=Connections(trusted),
            # It would name itself after this class.
            default_headers={"User-Agent": f"{openai.AsyncOpenAI.__name__}/Python {openai.__version__}"},
        )  # fmt: skip
        self._first: tuple[Any, Call] | None = None

    async def completion(self, body: bytes, seconds: float) -> bytes:
        """What the server sends to a chat's JSON, within so many seconds in all.

        Raises openai's APIStatusError where the server refuses, and APIConnectionError where there is no answer.
        """
        if self._first is None:
            answer = await self.post(PATH, cast_to=httpx2.Response, content=body, options={"timeout": seconds})
        else:
            options = self._first[0].model_copy(update={"content": body, "timeout": seconds})
            answer = await self.request(httpx2.Response, options)
        return answer.content

    def _build_request(self, options: Any, *, retries_taken: int = 0) -> httpx2.Request:
        # Overridden as by openai's own client for Azure. Built anew, a request takes as long as all that follows.
        if self._first is None:
            self._first = options, Call(super()._build_request(options, retries_taken=retries_taken))
        return self._first[1].again(options.content, options.timeout)


class Call(httpx2.Request):
    """A request as aiohttp takes it: to ``address``, with the headers ``sent``, for so many ``seconds`` in all."""

    def __init__(self, built: httpx2.Request) -> None:
        self.method, self.url, self.headers = built.method, built.url, built.headers
        self.address = str(built.url)
        sent = [(name, text) for name, text in built.headers.multi_items() if name not in OF_THE_BODY]
        self.sent = CIMultiDict(sent)
        self.body, self.seconds = b"", 0.0

    def again(self, body: bytes, seconds: float) -> Call:
        """The same with another body."""
        call = copy.copy(self)
        call.body, call.seconds = body, seconds
        return call


class Plain(httpx2.Response):
    """An answer that is as it should be, of which nothing but its content is asked for."""

    def __init__(self, request: httpx2.Request, content: bytes) -> None:
        self.status_code, self.headers, self.request, self.whole = 200, NO_HEADERS, request, content

    @property
    def content(self) -> bytes:
        return self.whole


class Connections(httpx2.AsyncClient):
    """What OpenAI's client sends its calls with, by aiohttp, which takes a sixth of the CPU that httpx takes."""

    def __init__(self, trusted: ssl.SSLContext | Literal[True]) -> None:
        super().__init__(verify=trusted, trust_env=False)
        self._trusted = trusted
        self._session: aiohttp.ClientSession | None = None

    async def send(self, request: httpx2.Request, **_: Any) -> httpx2.Response:
        """The server's answer, whatever its status. Raises httpx2's TimeoutException, and TransportError."""
        assert isinstance(request, Call), "it serves Client alone"
        limit = aiohttp.ClientTimeout(total=request.seconds)
        try:
            async with self._opened().request(
                request.method, request.address, headers=request.sent, data=request.body, timeout=limit
            ) as answer:
                content = await answer.read()
        except TimeoutError as error:
            raise httpx2.TimeoutException(str(error)) from error
        except (aiohttp.ClientError, OSError) as error:
            raise httpx2.TransportError(str(error)) from error
        if answer.status == 200 and "content-encoding" not in answer.headers:
            return Plain(request, content)
        return httpx2.Response(answer.status, headers=answer.raw_headers, content=content, request=request)

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=0, ssl=self._trusted)
            # Where proxies are looked for, it is for each call.
            proxied = any(urllib.request.getproxies().values())
            # The answer is unpacked by httpx2, which has also said what it can unpack.
            self._session = aiohttp.ClientSession(
                connector=connector, trust_env=proxied, auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar()
            )
        return self._session

    async def aclose(self) -> None:
        """Closes them all."""
        if self._session is not None:
            await self._session.close()
        await super().aclose()
