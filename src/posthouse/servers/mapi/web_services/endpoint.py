"""One address for every operation – [MS-OXWAVLS] 2.1, [MS-OXWOOF] 2.1: SOAP over HTTPS, with a login as everywhere."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from posthouse.directory import Login
from posthouse.net.http import Exchange, Response
from posthouse.protocols.ews import availability, out_of_office, soap
from posthouse.servers.http import Doorkeeper

from .availability import Availability
from .out_of_office import OutOfOffice

PATH = "/ews/exchange.asmx"
MAX_REQUEST = 512 * 1024

Operation = Callable[[Login, soap.Call], Awaitable[bytes]]


@dataclass
class WebServices:
    doorkeeper: Doorkeeper
    availability: Availability
    out_of_office: OutOfOffice

    def operations(self) -> dict[str, Operation]:
        """By the elements of their requests."""
        return {
            availability.OPERATION: self.availability.get_user_availability,
            out_of_office.GET: self.out_of_office.get_user_oof_settings,
            out_of_office.SET: self.out_of_office.set_user_oof_settings,
        }

    async def page(self, exchange: Exchange) -> Response:
        """What is not here is refused as where there is nothing. SOAP 1.1 §6.2: a fault has status 500."""
        if exchange.request.method != "POST":
            return Response.text(405, "Web services are asked by POST\n", ("Allow", "POST"))
        login = await self.doorkeeper.login(exchange)
        try:
            call = soap.parse_call(await exchange.body(MAX_REQUEST))
            operation = self.operations().get(call.operation.name)
            if operation is None:
                raise soap.invalid()
            return Response(200, await operation(login, call), soap.CONTENT_TYPE)
        except soap.Fault as fault:
            return Response(500, soap.format_fault(fault), soap.CONTENT_TYPE)
