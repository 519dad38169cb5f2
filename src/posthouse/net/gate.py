"""How many connections may stand at once, in all and from one client."""

from .addresses import client_key, is_loopback


class Gate:
    """Counts connections. Loopback addresses count only in the total: there is a front end or a test behind them."""

    __slots__ = ("_clients", "_per_client", "_total", "count", "refused")

    def __init__(self, total: int = 10_000, per_client: int = 100) -> None:
        self._total = total
        self._per_client = per_client
        self._clients: dict[str, int] = {}
        self.count = 0
        self.refused = 0

    def enter(self, host: str) -> bool:
        """Whether one more may come; each True is followed by one `leave`."""
        if self.count >= self._total:
            self.refused += 1
            return False
        if not is_loopback(host):
            client = client_key(host)
            standing = self._clients.get(client, 0)
            if standing >= self._per_client:
                self.refused += 1
                return False
            self._clients[client] = standing + 1
        self.count += 1
        return True

    def leave(self, host: str) -> None:
        self.count -= 1
        if is_loopback(host):
            return
        client = client_key(host)
        left = self._clients[client] - 1
        if left:
            self._clients[client] = left
        else:
            del self._clients[client]
