"""How large a document may be: generous for people, small enough that no text can hurt."""

from __future__ import annotations

YAML_LIMIT = 256 * 1024
YAML_DEPTH = 16
YAML_EVENTS = 50_000
JSON_LIMIT = 4 * 1024 * 1024
JSON_DEPTH = 32
INTEGER_DIGITS = 19
PROBLEM_LIMIT = 100
