"""One endpoint: from a request to its response – [MS-OXCMAPIHTTP] 3.2.5.

A request that cannot be taken has its code, and nothing was done. One that is taken is answered at once
(`responding.py`). Its work goes on when its client goes away; only waiting for notifications ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from time import monotonic, time
from typing import Generic

from posthouse.directory import Login
from posthouse.model.refusals import BadSyntax
from posthouse.net.http import BodyTooLarge, Exchange, Response
from posthouse.observe.logs import Logger
from posthouse.observe.metrics import Counter
from posthouse.protocols.mapi.transport import ResponseCode, format_failure
from posthouse.servers.http import Doorkeeper

from .contexts import Context, Contexts, S, TooManyContexts, worker_of
from .elsewhere import Elsewhere
from .head import Failure, Head
from .requests import Call, Kind, Opened, RequestType, RpcFailure
from .responding import Responder, outcome
from .settings import MapiSettings
from .tracing import Tracing

BODY = 512 * 1024
"""Bytes of a request: the largest buffer of operations that may be sent is half of it."""
QUICK = 64 * 1024
"""Bytes that are read while everybody else waits: a hundred thousand parts of a condition take half a second."""

REQUESTS = Counter("posthouse_mapi_requests_total", "Requests by their outcome.", ("endpoint", "outcome"))


class Endpoint(Generic[S]):
    """The mailbox's or the address book's."""

    def __init__(
        self,
        name: str,
        table: Mapping[str, RequestType[S]],
        contexts: Contexts[S],
        doorkeeper: Doorkeeper,
        settings: MapiSettings,
        elsewhere: Elsewhere,
        log: Logger,
        tracing: Tracing,
    ) -> None:
        """`name`: `emsmdb` or `nspi`."""
        self.path = f"/mapi/{name}"
        self._table, self._contexts, self._doorkeeper = table, contexts, doorkeeper
        self._settings, self._elsewhere, self._log = settings, elsewhere, log.bind(endpoint=name)
        self._tracing = tracing
        self._responder = Responder(self.path, contexts.seconds, settings.keep_alive)
        self._taken, self._refused = (REQUESTS.labels(name, outcome) for outcome in ("taken", "refused"))

    async def page(self, exchange: Exchange) -> Response | None:
        return await self.answer(exchange, await self._doorkeeper.login(exchange))

    async def answer(self, exchange: Exchange, login: Login) -> Response | None:
        """For this account: also what another worker has handed on."""
        context: Context[S] | None = None
        try:
            head, row = self._look(exchange)
            body = await exchange.body(BODY)
            if await self._is_elsewhere(exchange, head, row, login, body):
                return None
            request = row.parse(body) if len(body) <= QUICK else await asyncio.to_thread(row.parse, body)
            call: Call[S] = Call(login, request, head.client, None)
            if row.kind is Kind.OPENS:
                return await self._open(exchange, head, row, call)
            context = self._find(head, row, login)
            self._taken.inc()
            return await self._run(exchange, head, row, call, context)
        except BodyTooLarge:
            failure = Failure(ResponseCode.TOO_LARGE)
        except BadSyntax as error:
            failure = Failure(ResponseCode.INVALID_REQUEST_BODY, f"The body is not {error.expected}")
        except Failure as error:
            failure = error
        return self._fail(exchange, failure, login, context)

    # before anything is done

    def _look(self, exchange: Exchange) -> tuple[Head, RequestType[S]]:
        if not self._settings.enabled:
            raise Failure(ResponseCode.ENDPOINT_DISABLED)
        if exchange.draining:
            raise Failure(ResponseCode.ENDPOINT_SHUTTING_DOWN)
        head = Head.of(exchange.request)
        row = self._table.get(head.type.lower())
        if row is None:
            raise Failure(ResponseCode.INVALID_REQUEST_TYPE, "There is no such request type here")
        return head, row

    async def _is_elsewhere(
        self, exchange: Exchange, head: Head, row: RequestType[S], login: Login, body: bytes
    ) -> bool:
        """The context is in another worker, and so this was answered there. A client that opens a new one in place of
        an old one gets it where the old one was."""
        worker = worker_of(head.context)
        if worker is None or worker == self._contexts.worker:
            return False
        if await self._elsewhere.answer(exchange, login, worker, body):
            return True
        if row.kind is Kind.OPENS:
            return False
        raise Failure(ResponseCode.CONTEXT_NOT_FOUND)

    def _find(self, head: Head, row: RequestType[S], login: Login) -> Context[S] | None:
        if row.kind is Kind.PINGS and not head.context:
            return None
        context = self._contexts.find(head.named(), login)
        if context is None:
            raise Failure(ResponseCode.CONTEXT_NOT_FOUND)
        return context

    def _fail(self, exchange: Exchange, failure: Failure, login: Login, context: Context[S] | None) -> Response:
        self._refused.inc()
        self._log.debug("refused", code=int(failure.code), reason=str(failure), account=login.address)
        return self._responder.failed(exchange, failure.code, str(failure), login, context)

    # requests

    async def _open(self, exchange: Exchange, head: Head, row: RequestType[S], call: Call[S]) -> Response:
        """3.2.5.1, and 3.2.5.6: a context that the client had before goes away first."""
        began = monotonic(), time()
        if head.context and (old := self._contexts.find(head.context, call.login)) is not None:
            self._contexts.drop(old)
        self._taken.inc()
        context, trace = None, self._tracing.request(row, call)
        try:
            done = await row.handle(call)
            if isinstance(done, Opened):
                context = self._contexts.add(call.login, done.session)
                self._log.info("opened", account=call.login.address, contexts=len(self._contexts))
            body = done.body if isinstance(done, Opened) else done
            if trace is not None:
                trace.answered(body, context.session if context is not None else None)
        except RpcFailure as failure:
            body = format_failure(failure.status)
        except TooManyContexts:
            body = row.crowded
        except Exception as error:
            self._log.error("failed", error, type=row.name, account=call.login.address)
            return self._responder.failed(exchange, ResponseCode.UNKNOWN_FAILURE, "", call.login, None)
        return self._responder.whole(exchange, context, began, body)

    async def _run(
        self, exchange: Exchange, head: Head, row: RequestType[S], call: Call[S], context: Context[S] | None
    ) -> Response | None:
        if context is None:
            return self._responder.whole(exchange, None, (monotonic(), time()), b"")
        context.pending += 1
        try:
            if row.kind is Kind.PINGS:
                return self._responder.whole(exchange, context, (monotonic(), time()), b"")
            if row.kind is Kind.WAITS:
                return await self._wait(exchange, row, call, context)
            if row.kind is Kind.ASKS:
                work = asyncio.create_task(self._handle(row, call, context))
                work.add_done_callback(outcome)
                return await self._responder.deliver(exchange, call.login, context, work)
            return await self._work(exchange, head, row, call, context)
        finally:
            context.pending -= 1
            self._contexts.touch(context)

    async def _work(
        self, exchange: Exchange, head: Head, row: RequestType[S], call: Call[S], context: Context[S]
    ) -> Response | None:
        """One at a time, in sequence; the same request once more gets the same response."""
        if not self._is_repeated(head, context):
            self._check_sequence(head, context)
            context.renew_sequence()
            context.request_id = head.id
            context.work = asyncio.create_task(self._handle(row, call, context))
            context.work.add_done_callback(outcome)  # perhaps nobody else asks: the client may be gone
        work = context.work
        assert work is not None
        try:
            response = await self._responder.deliver(exchange, call.login, context, work)
            if response is not None:
                await exchange.respond(response)
            if context.work is work:
                context.work = None
        finally:
            if row.kind is Kind.CLOSES:
                self._contexts.drop(context)
        return None

    def _is_repeated(self, head: Head, context: Context[S]) -> bool:
        """The client did not get the response, and asks again as it did before."""
        return context.work is not None and head.id == context.request_id and head.sequence == context.earlier

    def _check_sequence(self, head: Head, context: Context[S]) -> None:
        if context.work is not None and not context.work.done():
            raise Failure(ResponseCode.INVALID_SEQUENCE, "Another request is under way in this context")
        if head.sequence is None:
            raise Failure(ResponseCode.MISSING_COOKIE, "There is no sequence cookie")
        if head.sequence != context.sequence:
            raise Failure(ResponseCode.INVALID_SEQUENCE, "This is not the next request of this context")

    async def _wait(
        self, exchange: Exchange, row: RequestType[S], call: Call[S], context: Context[S]
    ) -> Response | None:
        """3.2.5.5. It ends when its client goes away, when the context does, and when the hub stops."""
        if context.waiter is not None:
            raise Failure(ResponseCode.INVALID_SEQUENCE, "Another request waits in this context")
        context.waiter = work = asyncio.create_task(self._handle(row, call, context))
        try:
            return await self._responder.deliver(exchange, call.login, context, work, give_up=True)
        finally:
            context.waiter = None
            work.cancel()

    async def _handle(self, row: RequestType[S], call: Call[S], context: Context[S]) -> bytes:
        call = Call(call.login, call.request, call.client, context.session)
        trace = self._tracing.request(row, call)
        try:
            done = await row.handle(call)
        except RpcFailure as failure:
            if trace is not None:
                trace.failed(failure.status)
            return format_failure(failure.status)
        except Exception as error:
            self._log.error("failed", error, type=row.name, account=call.login.address)
            raise
        body = done.body if isinstance(done, Opened) else done
        if trace is not None:
            trace.answered(body, context.session)
        return body
