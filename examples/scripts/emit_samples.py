"""Connect a benchmark that has times of its own: one line, `edgeenv.emit`.

The times are made up by a rule, so that the numbers of this example are the same everywhere.
"""

import os

import edgeenv

SLOW_ONES = 50


def times_ms(count: int) -> list[float]:
    """Your benchmark: the time of each counted inference in milliseconds."""
    usual = [12.0 + (index * 37 % 100) / 50 for index in range(count)]
    return [time + 4.0 if index % SLOW_ONES == 0 else time for index, time in enumerate(usual, 1)]


edgeenv.emit(samples_ms=times_ms(int(os.environ.get("EDGEENV_REPEAT_RUNS", "100"))))
