"""Delivery status notifications – RFC 3464, 3461, 6522, 6533. Facts ⇄ bytes.

report     the facts: what became of a message, recipient by recipient
build      facts and the original message → the notification
explain    what a person is told about a status code
parse      a notification → facts
"""
