"""How mail programs set themselves up: Exchange's Autodiscover ([MS-OXDSCLI]) in XML and JSON, Thunderbird's
autoconfig, Apple's configuration profiles. Documents in and out; where they are found is `servers/web`."""

from .services import Offer, Security, Service

__all__ = ["Offer", "Security", "Service"]
