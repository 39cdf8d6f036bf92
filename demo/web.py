"""HTTP/1.1 on asyncio streams, just enough for the demo: a server that can close itself, and a client with a pool."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlsplit

MAX_HEAD = 16_384
MAX_BODY = 1_048_576
IDLE_S = 60.0


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body; an empty one is {}. Raises BadRequest."""
        try:
            return json.loads(self.body or b"{}")
        except ValueError as error:
            raise BadRequest(f"the body is no JSON: {error}") from None


@dataclass(frozen=True)
class Response:
    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, status: int, content: Any) -> Response:
        """An answer in JSON."""
        return cls(status, json.dumps(content, ensure_ascii=False).encode())


class BadRequest(Exception):
    """What came is no request that we understand: answered with 400."""


Handler = Callable[[Request], Awaitable[Response]]


class Server:
    """Listens on loopback; `stop` closes the port and every connection at once."""

    def __init__(self, handler: Handler, port: int, host: str = "127.0.0.1") -> None:
        self.handler = handler
        self.port = port
        self.host = host
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def listening(self) -> bool:
        return self._server is not None

    async def start(self) -> None:
        """Raises OSError when the port is taken."""
        self._server = await asyncio.start_server(self._connected, self.host, self.port, limit=MAX_HEAD)

    async def stop(self) -> None:
        """Requests that were under way get no answer, as when a process dies."""
        if self._server is None:
            return
        self._server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._server.wait_closed()
        self._server = None

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A task of our own: asyncio's would call its cancellation an error and print it.
        task = asyncio.create_task(self._serve(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._serve_one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, TimeoutError):
            pass  # the other side went away, or said nothing for a minute
        except asyncio.CancelledError:
            writer.transport.abort()
            raise
        finally:
            writer.close()

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        try:
            request = await asyncio.wait_for(_read_request(reader), IDLE_S)
        except (BadRequest, asyncio.LimitOverrunError, UnicodeDecodeError, ValueError) as error:
            await _write(writer, Response.of(400, {"error": str(error)}), close=True)
            return False
        try:
            response = await self.handler(request)
        except BadRequest as error:
            response = Response.of(400, {"error": str(error)})
        close = request.headers.get("connection", "").lower() == "close"
        await _write(writer, response, close=close, head=request.method == "HEAD")
        return not close


async def _read_request(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *rest = head[:-4].split("\r\n")
    words = first.split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise BadRequest("no HTTP/1 request line")
    headers = _headers(rest)
    if "transfer-encoding" in headers:
        raise BadRequest("chunked bodies are not understood")
    length = headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > MAX_BODY:
        raise BadRequest(f"content-length {length} is not between 0 and {MAX_BODY}")
    url = urlsplit(words[1])
    return Request(words[0], url.path, dict(parse_qsl(url.query)), headers, await reader.readexactly(int(length)))


def _headers(lines: list[str]) -> dict[str, str]:
    pairs = (line.partition(":") for line in lines)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


async def _write(writer: asyncio.StreamWriter, response: Response, *, close: bool, head: bool = False) -> None:
    phrase = HTTPStatus(response.status).phrase
    lines = [f"HTTP/1.1 {response.status} {phrase}", f"Content-Length: {len(response.body)}"]
    if response.body:
        lines.append(f"Content-Type: {response.content_type}")
    lines += [f"{name}: {value}" for name, value in response.headers.items()]
    if close:
        lines.append("Connection: close")
    writer.write("\r\n".join([*lines, "", ""]).encode() + (b"" if head else response.body))
    await writer.drain()


class Client:
    """Requests to one server over connections that are kept."""

    def __init__(self, port: int, host: str = "127.0.0.1", keep: int = 32) -> None:
        self.port = port
        self.host = host
        self.keep = keep
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def send(
        self, method: str, path: str, headers: dict[str, str], body: bytes = b"", timeout_s: float = 30
    ) -> int:
        """The answer's status; raises OSError (ConnectionError, TimeoutError) when there is none."""
        reader, writer = await self._connection()
        kept = False
        try:
            lines = [f"{method} {path} HTTP/1.1", f"Host: {self.host}:{self.port}"]
            lines += [f"{name}: {value}" for name, value in headers.items()]
            if body:
                lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
            writer.write("\r\n".join([*lines, "", ""]).encode() + body)
            status = await asyncio.wait_for(_read_response(reader), timeout_s)
            kept = len(self._idle) < self.keep
            return status
        except asyncio.IncompleteReadError:
            raise ConnectionResetError("the connection was closed before the answer") from None
        finally:
            if kept:
                self._idle.append((reader, writer))
            else:
                writer.close()

    async def _connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        while self._idle:
            reader, writer = self._idle.pop()
            if not reader.at_eof() and not writer.is_closing():
                return reader, writer
            writer.close()
        return await asyncio.open_connection(self.host, self.port)

    def close(self) -> None:
        while self._idle:
            with contextlib.suppress(OSError):
                self._idle.pop()[1].close()


async def _read_response(reader: asyncio.StreamReader) -> int:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *rest = head[:-4].split("\r\n")
    await reader.readexactly(int(_headers(rest).get("content-length", "0")))
    return int(first.split(" ")[1])
