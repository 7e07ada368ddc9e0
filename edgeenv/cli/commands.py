"""The table of commands: every word of the command line, its one line of help, and where its code is."""

from __future__ import annotations

from edgeenv.cli.group import Entry

COMMANDS = (
    Entry("demo", "Record and compare example runs, end to end.", "edgeenv.cli.demo:demo"),
    Entry("init", "Write the first files of your own benchmark.", "edgeenv.cli.init:init"),
    Entry("doctor", "Check this installation and the registry.", "edgeenv.cli.doctor:doctor"),
    Entry(
        "profile",
        "Target profiles: where benchmarks run.",
        children=(
            Entry("validate", "Check target profile files.", "edgeenv.cli.validate:validate_profiles"),
        ),
    ),
    Entry(
        "bench",
        "Benchmarks: check them, run them.",
        children=(
            Entry("validate", "Check benchmark config files.", "edgeenv.cli.validate:validate_benchmarks"),
            Entry("run", "Run a benchmark and record it as evidence.", "edgeenv.cli.bench:run_benchmark"),
        ),
    ),
    Entry(
        "runs",
        "Recorded runs.",
        children=(
            Entry("list", "List recorded runs, newest first.", "edgeenv.cli.runs:list_runs"),
            Entry("show", "Show one recorded run.", "edgeenv.cli.runs:show_run"),
            Entry(
                "sampler",
                "What samplers left beside a run.",
                children=(
                    Entry(
                        "show", "Show what samplers left beside a run.", "edgeenv.cli.sampler:show_sampler"
                    ),
                    Entry("plot", "Show the samples of a run over time.", "edgeenv.cli.sampler:plot_sampler"),
                ),
            ),
            Entry(
                "resources",
                "Resource metrics over all runs.",
                children=(
                    Entry(
                        "list",
                        "List resource metrics of recorded runs.",
                        "edgeenv.cli.resources:list_resources",
                    ),
                ),
            ),
            Entry(
                "cohorts",
                "Group runs that may be compared with each other.",
                "edgeenv.cli.runs_cohorts:list_cohorts",
            ),
            Entry("like", "List what a run may be compared with.", "edgeenv.cli.runs_cohorts:list_like"),
            Entry("export", "Write runs as bundles.", "edgeenv.cli.transfer:export_runs"),
            Entry("import", "Bring bundles into the registry.", "edgeenv.cli.transfer:import_runs"),
            Entry("verify", "Prove that runs are what they were.", "edgeenv.cli.verify:verify_runs"),
            Entry("delete", "Move runs to the trash.", "edgeenv.cli.delete:delete_runs"),
            Entry("restore", "Bring deleted runs back.", "edgeenv.cli.delete:restore_runs"),
        ),
    ),
    Entry(
        "failed-runs",
        "Runs that gave no valid metrics.",
        children=(
            Entry("list", "List failed runs, newest first.", "edgeenv.cli.failed_runs:list_failed_runs"),
            Entry("show", "Show one failed run and its logs.", "edgeenv.cli.failed_runs:show_failed_run"),
            Entry("export", "Write failed runs as bundles.", "edgeenv.cli.transfer:export_failed_runs"),
            Entry(
                "import",
                "Bring bundles of failed runs into the registry.",
                "edgeenv.cli.transfer:import_failed_runs",
            ),
            Entry(
                "verify",
                "Prove that failed runs are what they were.",
                "edgeenv.cli.verify:verify_failed_runs",
            ),
            Entry("delete", "Move failed runs to the trash.", "edgeenv.cli.delete:delete_failed_runs"),
            Entry("restore", "Bring deleted runs back.", "edgeenv.cli.delete:restore_runs"),
        ),
    ),
    Entry(
        "bundle",
        "Bundles: one run as one file.",
        children=(
            Entry("show", "Show what a bundle holds.", "edgeenv.cli.bundle:show_bundle"),
            Entry("verify", "Check bundles as an import would.", "edgeenv.cli.bundle:verify_bundles"),
            Entry("sign", "Sign a bundle with an SSH key.", "edgeenv.cli.bundle:sign_bundle"),
        ),
    ),
    Entry(
        "registry",
        "The index, and what lies around the runs.",
        children=(
            Entry("check", "Compare the index with the evidence.", "edgeenv.cli.registry:check_registry"),
            Entry(
                "rebuild", "Make the index anew from the evidence.", "edgeenv.cli.registry:rebuild_registry"
            ),
            Entry("prune", "Remove what nobody needs any more.", "edgeenv.cli.registry:prune_registry"),
        ),
    ),
    Entry(
        "report",
        "Judged comparisons.",
        children=(
            Entry("compare", "Judge whether two runs may be compared.", "edgeenv.cli.report:compare"),
            Entry("replay", "Make a recorded judgement again.", "edgeenv.cli.replay:replay_judgement"),
            Entry(
                "bundle-summary",
                "Summarise runs and their judgements for a reviewer.",
                "edgeenv.cli.bundle_summary:bundle_summary",
            ),
        ),
    ),
    Entry(
        "policy",
        "Comparability policies.",
        children=(
            Entry("list", "List the policies that EdgeEnv ships.", "edgeenv.cli.policy:list_policies"),
            Entry("show", "Show what a policy asks for.", "edgeenv.cli.policy:show_policy"),
            Entry("check", "Check policy files.", "edgeenv.cli.policy_check:check_policies"),
            Entry("test", "Run the test cases of policies.", "edgeenv.cli.policy_trial:try_policies"),
            Entry(
                "diff",
                "Show what two policies ask for differently.",
                "edgeenv.cli.policy_difference:diff_policies",
            ),
            Entry(
                "init", "Begin a policy of your own, with its tests.", "edgeenv.cli.policy_start:start_policy"
            ),
            Entry(
                "explain",
                "Say in words what a rule of a policy does.",
                "edgeenv.cli.policy_explanation:explain_rule",
            ),
        ),
    ),
    Entry(
        "schema",
        "The JSON Schemas of all documents.",
        children=(
            Entry("list", "List the schemas that EdgeEnv ships.", "edgeenv.cli.schema:list_schemas"),
            Entry("show", "Print one schema.", "edgeenv.cli.schema:show_schema"),
            Entry("path", "Print where the file of one schema lies.", "edgeenv.cli.schema:place_schema"),
            Entry("export", "Write the schemas into a directory.", "edgeenv.cli.schema:export_schemas"),
            Entry(
                "validate", "Check files against a schema.", "edgeenv.cli.schema_validation:validate_files"
            ),
        ),
    ),
    Entry("completion", "Set up completion in your shell.", "edgeenv.cli.completion:completion"),
)
