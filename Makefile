# What each word does is told at the head of the script it calls.
.PHONY: help serve test check fuzz bench

help:
	@echo "make serve   a hub to try, with what to connect to"
	@echo "make test    style, types, architecture and all tests"
	@echo "make check   style, types and architecture only"
	@echo "make fuzz    the parsers, for long"
	@echo "make bench   how fast it is"

serve test check fuzz bench:
	@scripts/$@
