"""The front door: one file per command, no logic of its own.

In go the words a person types; out come the stages' results, as a short summary on stderr for people and as
one JSON object on stdout for programs.
"""
