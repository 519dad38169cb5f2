"""What every page over HTTP shares: where it is, and who asks."""

from .doorkeeper import Doorkeeper, Refused
from .negotiation import Negotiation
from .settings import HttpSettings
from .site import Route, Site

__all__ = ["Doorkeeper", "HttpSettings", "Negotiation", "Refused", "Route", "Site"]
