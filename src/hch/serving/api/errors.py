"""Errors in OpenAI's format, with a message for people. The status tells a client whether it may try again."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response


class RequestError(Exception):
    """A refused request: ``status`` is HTTP's, ``param`` names the part of the body that is wrong."""

    def __init__(
        self, message: str, status: int = 400, *, param: str | None = None, code: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(message)
        self.status, self.param, self.code, self.headers = status, param, code, headers

    @property
    def response(self) -> Response:
        """The response that tells the client."""
        return error_response(str(self), self.status, param=self.param, code=self.code, headers=self.headers)


def error_response(
    message: str, status: int, *, param: str | None = None, code: str | None = None,
    headers: dict[str, str] | None = None,
) -> Response:  # fmt: skip
    """An error in the format of OpenAI's interface."""
    error = {"message": message, "type": TYPES.get(status, "invalid_request_error"), "param": param, "code": code}
    return JSONResponse({"error": error}, status, headers=headers)


TYPES = {401: "authentication_error", 422: "no_answer", 429: "rate_limit_error", 500: "server_error"}
