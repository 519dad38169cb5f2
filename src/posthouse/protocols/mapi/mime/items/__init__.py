"""Appointments and contacts: iCalendar and vCard ⇄ properties – [MS-OXCICAL], [MS-OXVCARD].

What fits is converted; what does not stays the file that it is.
"""
