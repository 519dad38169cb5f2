"""Builds every room from the settings and wires them: the only place where everything meets.

stores    the store alone, for commands
hub       one worker: all services over one store
"""
