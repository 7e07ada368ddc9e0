"""Several sources for one metric: which counts, what is kept beside it, and who says so."""

from __future__ import annotations

from edgeenv.capture.samplers.merging import BY_COMMAND, merge
from edgeenv.capture.samplers.summary import UNITS, MetricValue, SamplerSummary, Tool, joint_document
from edgeenv.capture.window import Window
from edgeenv.model.run import ResourceMetrics

WINDOW = Window(0, 1000)


def summary(name, **metrics):
    values = tuple(
        MetricValue(metric, value, "mean", name, "field", "basis", WINDOW.basis)
        for metric, value in metrics.items()
    )
    return SamplerSummary(name, Tool("tool", "host"), WINDOW, 100, 100, metrics=values)


def test_the_order_of_the_profile_decides_for_each_metric():
    first, second = summary("a", power_mean_w=1.0), summary("b", power_mean_w=2.0, memory_peak_mb=3.0)
    merged = merge((first, second), None)
    assert merged.metrics == ResourceMetrics(power_mean_w=1.0, memory_peak_mb=3.0, source="a+b")
    assert [(value.name, value.source) for value in merged.others] == [("power_mean_w", "b")]
    turned = merge((second, first), None)
    assert turned.metrics == ResourceMetrics(power_mean_w=2.0, memory_peak_mb=3.0, source="b")


def test_what_the_command_says_counts_where_nobody_measured_and_is_kept_beside_where_somebody_did():
    reported = ResourceMetrics(power_mean_w=9.0, energy_j=5.0, source="my-script")
    merged = merge((summary("a", power_mean_w=1.0),), reported)
    assert merged.metrics == ResourceMetrics(power_mean_w=1.0, energy_j=5.0, source="a+my-script")
    (kept,) = merged.others
    assert (kept.name, kept.value, kept.source, kept.basis) == ("power_mean_w", 9.0, "my-script", BY_COMMAND)
    assert [entry["chosen"] for entry in merged.document()] == [True, True, False]
    assert all(entry["unit"] == UNITS[entry["metric"]] for entry in merged.document())


def test_without_samplers_the_command_is_kept_as_it_is():
    for reported in (None, ResourceMetrics(), ResourceMetrics(source="x"), ResourceMetrics(energy_j=1.0)):
        assert merge((), reported).metrics == reported
    assert merge((summary("a"),), ResourceMetrics(energy_j=1.0)).metrics == ResourceMetrics(energy_j=1.0)


def test_a_sampler_without_metrics_decides_nothing():
    assert merge((summary("a"),), None).metrics is None


def test_the_document_of_one_sampler_has_every_required_key():
    document = joint_document((summary("a", power_mean_w=1.0),))
    required = (
        "schema_version, sampler_name, platform_tool, sampling_scope, benchmark_window, sample_count, "
        "raw_artifacts, fields, warnings"
    )
    assert set(required.split(", ")) <= set(document)
    assert document["fields"]["power_mean_w"]["unit"] == "W"
    assert joint_document(()) is None
