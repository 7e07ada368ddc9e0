"""Reads [{schema, file}] from stdin; prints {"schema file": [messages]} as check-jsonschema finds them.

The command is called as a user calls it, once for each schema, but in one process.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict

from check_jsonschema import main
from click.testing import CliRunner


def answers(jobs):
    by_schema = defaultdict(list)
    for job in jobs:
        by_schema[job["schema"]].append(job["file"])
    found = {}
    for schema, files in by_schema.items():
        words = ["--output-format", "json", "--schemafile", schema, *files]
        done = CliRunner().invoke(main, words)
        report = json.loads(done.output)
        told = {f"{schema} {file}": [] for file in files}
        for error in (*report.get("errors", ()), *report.get("parse_errors", ())):
            told[f"{schema} {error['filename']}"].append(f"{error.get('path', '')} {error['message']}")
        if any(told.values()) != (done.exit_code == 1):
            sys.exit(f"{schema}: exit status {done.exit_code}: {done.output}")
        found |= told
    return found


if __name__ == "__main__":
    json.dump(answers(json.load(sys.stdin)), sys.stdout)
