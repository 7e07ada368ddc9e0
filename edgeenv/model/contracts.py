"""The schema markers of the documents that a run leaves."""

RESULT_SCHEMA = "edgeenv.result.v1"
FAILED_RUN_SCHEMA = "edgeenv.failed-run.v1"
