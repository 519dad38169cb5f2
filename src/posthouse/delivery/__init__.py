"""Mail comes in: accept → examine → repair → route → into mailboxes and queue, in one transaction.

delivery     `Delivery`, the room's face, and the order of steps
origin       what is known of the session that brings a message
recipients   the answer to RCPT
plan         accepted recipients → each mailbox once, each outside address once
incoming     a message on its way in
submission   what is mended, and who may send as whom (RFC 6409)
place        the transaction
filing       where in a mailbox it goes
release      held messages whose time has come
reports      delivery status notifications of our own
trace        Received and Return-Path
"""
