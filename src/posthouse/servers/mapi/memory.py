"""How much of a worker's memory the open objects of an account may take: messages, what is changed of them, and what is
being written into streams. Who opens a part of a message shares its values with it, and takes nothing yet."""

from __future__ import annotations

from threading import RLock

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
        self._lock = RLock()
        """What is open goes away in any thread, also in one that is counting in this moment."""

    def of(self, account: AccountId) -> Share:
        return Share(self, account)

    def take(self, account: AccountId, size: int) -> None:
        with self._lock:
            held = self._held.get(account, 0) + size
            if size > 0 and held > self._limit:
                raise RopError(ErrorCode.ecMemory)
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
