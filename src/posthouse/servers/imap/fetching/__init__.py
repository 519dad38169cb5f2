"""FETCH: what was asked for → a plan → rows of the store, formatted many at once.

fields      one FETCH item: the columns it needs, and how values become wire bytes, column by column
sections    items that need the message itself: BODY[…] and BINARY[…] of one loaded message
plan        all items of one FETCH together: the query's columns and the template of a response
stream      pieces of the view, read, formatted and written with back-pressure
"""
