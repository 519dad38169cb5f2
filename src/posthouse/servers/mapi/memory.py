"""How much of a worker's memory the open objects of an account may take: messages, what is changed of them, and what is
being written into streams. Who opens a part of a message shares its values with it, and takes nothing yet."""

from __future__ import annotations

from collections import deque
from threading import Lock

from posthouse.model.ids import AccountId
from posthouse.protocols.mapi.objects import Attachment, Message, Properties
from posthouse.protocols.mapi.property_values import Value

from .errors import ErrorCode, RopError


class Memory:
    """Of a worker."""

    def __init__(self, limit: int) -> None:
        """`limit`: bytes for each account."""
        self._limit = limit
        self._held: dict[AccountId, int] = {}
        self._lock = Lock()
        self._returned: deque[tuple[AccountId, int]] = deque()
        """Not yet counted. What is open goes away in any thread, also in one that is counting in this moment, when the
        garbage collector comes."""

    def of(self, account: AccountId) -> Share:
        return Share(self, account)

    def take(self, account: AccountId, size: int) -> None:
        """Bytes; ecMemory when that is too much. Fewer than none are given back."""
        if size > 0:
            with self._lock:
                self._count_returned()
                if self._held.get(account, 0) + size > self._limit:
                    raise RopError(ErrorCode.ecMemory)
                self._add(account, size)
        elif size:
            self._returned.append((account, size))
        while self._returned and self._lock.acquire(blocking=False):  # otherwise who counts will count this, too
            try:
                self._count_returned()
            finally:
                self._lock.release()

    def _count_returned(self) -> None:
        while self._returned:
            self._add(*self._returned.popleft())

    def _add(self, account: AccountId, size: int) -> None:
        held = self._held.get(account, 0) + size
        if held:
            self._held[account] = held
        else:
            self._held.pop(account, None)


class Share:
    """What one object takes, in the name of an account."""

    def __init__(self, memory: Memory, account: AccountId) -> None:
        self._memory, self._account, self._held = memory, account, 0

    def another(self) -> Share:
        return Share(self._memory, self._account)

    def take(self, size: int) -> None:
        """So many bytes more, or less, but never less than none; ecMemory when the account has too many."""
        size = max(size, -self._held)
        self._memory.take(self._account, size)
        self._held += size

    def give_back(self) -> None:
        self.take(-self._held)

    def __del__(self) -> None:
        """An object may live on within another one when its own handle is gone."""
        self.give_back()


def weight(value: Value) -> int:
    """Bytes, roughly: of what can be large."""
    values = value if isinstance(value, tuple) else (value,)
    return sum(len(one) for one in values if isinstance(one, str | bytes))


def weight_of(properties: Properties) -> int:
    return sum(weight(typed.value) for typed in properties.values())


def weight_of_attachment(attachment: Attachment) -> int:
    inner = weight_of_message(attachment.embedded) if attachment.embedded is not None else 0
    return weight_of(attachment.properties) + inner


def weight_of_message(message: Message) -> int:
    recipients = sum(weight_of(one.properties) for one in message.recipients)
    return weight_of(message.properties) + recipients + sum(map(weight_of_attachment, message.attachments))
