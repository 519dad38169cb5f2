"""What Windows calls time zones, and what everybody else does – the common part of windowsZones of Unicode CLDR.

A zone that is not here keeps its name: its rules go with it.
"""

from __future__ import annotations

_ZONES = {
    "UTC": "Etc/UTC Etc/GMT UTC GMT",
    "GMT Standard Time": "Europe/London Europe/Dublin Europe/Lisbon Atlantic/Canary Atlantic/Madeira Europe/Jersey",
    "Greenwich Standard Time": "Atlantic/Reykjavik Africa/Abidjan Africa/Accra Africa/Dakar",
    "W. Europe Standard Time": "Europe/Berlin Europe/Amsterdam Europe/Rome Europe/Vienna Europe/Zurich Europe/Stockholm"
    " Europe/Oslo Europe/Luxembourg Europe/Malta Europe/Monaco Europe/Vaduz Europe/Vatican Europe/San_Marino",
    "Romance Standard Time": "Europe/Paris Europe/Brussels Europe/Copenhagen Europe/Madrid Africa/Ceuta",
    "Central Europe Standard Time": "Europe/Budapest Europe/Prague Europe/Bratislava Europe/Ljubljana Europe/Belgrade"
    " Europe/Tirane Europe/Podgorica",
    "Central European Standard Time": "Europe/Warsaw Europe/Zagreb Europe/Skopje Europe/Sarajevo",
    "W. Central Africa Standard Time": "Africa/Lagos Africa/Algiers Africa/Tunis Africa/Kinshasa Africa/Luanda",
    "GTB Standard Time": "Europe/Bucharest Europe/Athens Asia/Nicosia",
    "FLE Standard Time": "Europe/Kiev Europe/Kyiv Europe/Helsinki Europe/Riga Europe/Sofia Europe/Tallinn"
    " Europe/Vilnius",
    "E. Europe Standard Time": "Europe/Chisinau",
    "Turkey Standard Time": "Europe/Istanbul",
    "Israel Standard Time": "Asia/Jerusalem",
    "Egypt Standard Time": "Africa/Cairo",
    "South Africa Standard Time": "Africa/Johannesburg Africa/Harare Africa/Maputo Africa/Lusaka",
    "Kaliningrad Standard Time": "Europe/Kaliningrad",
    "Russian Standard Time": "Europe/Moscow Europe/Simferopol",
    "Belarus Standard Time": "Europe/Minsk",
    "Arabic Standard Time": "Asia/Baghdad",
    "Arab Standard Time": "Asia/Riyadh Asia/Kuwait Asia/Qatar Asia/Bahrain Asia/Aden",
    "E. Africa Standard Time": "Africa/Nairobi Africa/Addis_Ababa Africa/Dar_es_Salaam Africa/Kampala",
    "Iran Standard Time": "Asia/Tehran",
    "Arabian Standard Time": "Asia/Dubai Asia/Muscat",
    "Azerbaijan Standard Time": "Asia/Baku",
    "Georgian Standard Time": "Asia/Tbilisi",
    "Caucasus Standard Time": "Asia/Yerevan",
    "Russia Time Zone 3": "Europe/Samara",
    "Afghanistan Standard Time": "Asia/Kabul",
    "West Asia Standard Time": "Asia/Tashkent Asia/Samarkand Asia/Dushanbe Indian/Maldives",
    "Ekaterinburg Standard Time": "Asia/Yekaterinburg",
    "Pakistan Standard Time": "Asia/Karachi",
    "India Standard Time": "Asia/Calcutta Asia/Kolkata",
    "Sri Lanka Standard Time": "Asia/Colombo",
    "Nepal Standard Time": "Asia/Katmandu Asia/Kathmandu",
    "Central Asia Standard Time": "Asia/Almaty Asia/Bishkek",
    "Bangladesh Standard Time": "Asia/Dhaka Asia/Thimphu",
    "N. Central Asia Standard Time": "Asia/Novosibirsk",
    "Myanmar Standard Time": "Asia/Rangoon Asia/Yangon",
    "SE Asia Standard Time": "Asia/Bangkok Asia/Jakarta Asia/Saigon Asia/Ho_Chi_Minh Asia/Phnom_Penh Asia/Vientiane",
    "North Asia Standard Time": "Asia/Krasnoyarsk",
    "China Standard Time": "Asia/Shanghai Asia/Hong_Kong Asia/Macau",
    "Singapore Standard Time": "Asia/Singapore Asia/Kuala_Lumpur Asia/Manila Asia/Makassar Asia/Brunei",
    "Taipei Standard Time": "Asia/Taipei",
    "W. Australia Standard Time": "Australia/Perth",
    "North Asia East Standard Time": "Asia/Irkutsk",
    "Tokyo Standard Time": "Asia/Tokyo",
    "Korea Standard Time": "Asia/Seoul",
    "Yakutsk Standard Time": "Asia/Yakutsk",
    "Cen. Australia Standard Time": "Australia/Adelaide",
    "AUS Central Standard Time": "Australia/Darwin",
    "E. Australia Standard Time": "Australia/Brisbane",
    "AUS Eastern Standard Time": "Australia/Sydney Australia/Melbourne Australia/Canberra",
    "Tasmania Standard Time": "Australia/Hobart",
    "West Pacific Standard Time": "Pacific/Port_Moresby Pacific/Guam",
    "Vladivostok Standard Time": "Asia/Vladivostok",
    "Magadan Standard Time": "Asia/Magadan",
    "New Zealand Standard Time": "Pacific/Auckland",
    "Fiji Standard Time": "Pacific/Fiji",
    "Tonga Standard Time": "Pacific/Tongatapu",
    "Azores Standard Time": "Atlantic/Azores",
    "Cape Verde Standard Time": "Atlantic/Cape_Verde",
    "E. South America Standard Time": "America/Sao_Paulo",
    "Argentina Standard Time": "America/Buenos_Aires America/Argentina/Buenos_Aires",
    "Montevideo Standard Time": "America/Montevideo",
    "SA Eastern Standard Time": "America/Cayenne America/Fortaleza America/Belem America/Paramaribo",
    "Greenland Standard Time": "America/Godthab America/Nuuk",
    "Newfoundland Standard Time": "America/St_Johns",
    "Atlantic Standard Time": "America/Halifax Atlantic/Bermuda",
    "Pacific SA Standard Time": "America/Santiago",
    "Paraguay Standard Time": "America/Asuncion",
    "SA Western Standard Time": "America/La_Paz America/Puerto_Rico America/Manaus America/Santo_Domingo",
    "Venezuela Standard Time": "America/Caracas",
    "Eastern Standard Time": "America/New_York America/Toronto America/Montreal America/Detroit America/Nassau",
    "US Eastern Standard Time": "America/Indianapolis America/Indiana/Indianapolis",
    "SA Pacific Standard Time": "America/Bogota America/Lima America/Guayaquil America/Panama America/Jamaica",
    "Cuba Standard Time": "America/Havana",
    "Central Standard Time": "America/Chicago America/Winnipeg",
    "Central Standard Time (Mexico)": "America/Mexico_City America/Monterrey",
    "Central America Standard Time": "America/Guatemala America/Costa_Rica America/El_Salvador America/Managua",
    "Canada Central Standard Time": "America/Regina",
    "Mountain Standard Time": "America/Denver America/Edmonton America/Boise",
    "US Mountain Standard Time": "America/Phoenix",
    "Pacific Standard Time": "America/Los_Angeles America/Vancouver",
    "Pacific Standard Time (Mexico)": "America/Tijuana",
    "Alaskan Standard Time": "America/Anchorage",
    "Hawaiian Standard Time": "Pacific/Honolulu",
}
_IANA = {windows: names.split()[0] for windows, names in _ZONES.items()}
_WINDOWS = {name.lower(): windows for windows, names in _ZONES.items() for name in names.split()}


def windows_name(name: str) -> str:
    """`Europe/Berlin`, perhaps with a maker's path before it, → `W. Europe Standard Time`."""
    parts = name.strip("/").lower().split("/")[-3:]
    found = (_WINDOWS.get("/".join(parts[first:])) for first in range(len(parts)))
    return next((windows for windows in found if windows), name)


def iana_name(name: str) -> str:
    return _IANA.get(name, name)
