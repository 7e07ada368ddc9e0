"""``edgeenv bundle show|verify|sign``: look at bundles and vouch for them, without importing anything."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edgeenv.cli.counting import Counting
from edgeenv.cli.output import clean, json_option, json_result, json_text, message, result
from edgeenv.cli.transfer_options import signature_policy, signer_options, size_option
from edgeenv.errors import EdgeEnvError, ExitStatus
from edgeenv.evidence.bundle.checking import Result
from edgeenv.evidence.bundle.inspection import BundleReport, inspect_archive, inspect_bundle
from edgeenv.evidence.bundle.limits import DEFAULT_LIMITS, Limits
from edgeenv.evidence.files import Kind
from edgeenv.transfer.signing import signed_archive

if TYPE_CHECKING:
    from edgeenv.evidence.bundle.inspection import BundleContent
    from edgeenv.evidence.signature import Signer

_KINDS = {Kind.RUN: "run", Kind.FAILED_RUN: "failed run"}


@click.command(name="show")
@click.argument("file", metavar="FILE")
@size_option
@json_option
def show_bundle(*, file: str, limits: Limits | None, as_json: bool) -> int:
    """Show what a bundle holds.

    What is shown has been verified; of a bundle that does not hold, the defects are shown instead. Exit
    status: 0 it holds, 3 it does not, 1 it could not be read.
    """
    report = inspect_bundle(Path(file), limits or DEFAULT_LIMITS)
    if as_json:
        json_result("edgeenv.bundle-report.v1", _report_document(report, None))
    elif report.content is None:
        _show_failures(report)
    else:
        _show_content(report, report.content)
    return ExitStatus.REQUIREMENT_FAILED if report.failures else ExitStatus.DONE


@click.command(name="verify")
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@signer_options
@size_option
@json_option
def verify_bundles(  # noqa: PLR0913 - one argument for each option of the command
    *,
    files: tuple[str, ...],
    allowed_signers: str | None,
    signer: str | None,
    revoked: str | None,
    limits: Limits | None,
    as_json: bool,
) -> int:
    """Check bundles as an import would.

    With --allowed-signers, each must also be signed by somebody on that list. Nothing is written. Exit
    status: 0 all hold, 3 one does not, 1 one could not be read.
    """
    asked = any((allowed_signers, signer, revoked))
    policy = signature_policy(allowed_signers, signer, revoked, required=asked)
    documents: list[dict[str, Any]] = []
    status = ExitStatus.DONE
    with Counting(files, "verified", fail_fast=False) as counting:
        for file in counting:
            try:
                with signed_archive(Path(file), policy) as (archive, signed):
                    report = inspect_archive(archive, limits or DEFAULT_LIMITS)
            except EdgeEnvError as error:
                if not error.code.startswith("sign"):
                    counting.failed(file, error)
                    continue
                status = ExitStatus.REQUIREMENT_FAILED
                documents.append({"file": json_text(file), "valid": False, "signature": error.message})
                if not as_json:
                    _show_unsigned(file, error)
                continue
            who = None if signed is None else signed.signer
            documents.append(_report_document(report, who))
            if report.failures:
                status = ExitStatus.REQUIREMENT_FAILED
            if not as_json:
                _show_verdict(report, who)
    if as_json:
        json_result("edgeenv.bundle-verification.v1", {"bundles": documents})
    return counting.conclude() or status


@click.command(name="sign")
@click.argument("file", metavar="FILE")
@click.option("--key", metavar="KEY", required=True, help="Your private key, such as ~/.ssh/id_ed25519.")
@click.option("--force", is_flag=True, help="Replace a signature that is there.")
@size_option
def sign_bundle(*, file: str, key: str, force: bool, limits: Limits | None) -> int:
    """Sign a bundle with an SSH key.

    The signature is written beside it, as FILE.sig. It says that you vouch for these bytes; it does not say
    that the numbers in them are right. Only a bundle that holds is signed.
    """
    from edgeenv.evidence import signature

    report = inspect_bundle(Path(file), limits or DEFAULT_LIMITS)
    if report.failures:
        _show_failures(report)
        return ExitStatus.REQUIREMENT_FAILED
    written = signature.sign(Path(file), Path(key).expanduser(), force=force)
    result(f"Signature: {clean(written)}")
    return ExitStatus.DONE


def _show_content(report: BundleReport, content: BundleContent) -> None:
    manifest, exporter = content.manifest, content.exporter
    result(f"Bundle: {clean(report.path)}")
    result(f"Holds: {_KINDS[manifest.kind]} {clean(manifest.run_id)}")
    result(f"Recorded: {clean(manifest.created_at)}")
    result(f"Benchmark: {clean(content.document.get('benchmark_name'))}")
    if manifest.kind is Kind.FAILED_RUN:
        result(f"Error: {clean(content.document.get('error_message'))}")
    by = " ".join(clean(exporter[name]) for name in ("package", "version") if name in exporter)
    result(f"Written by: {by}" + (f" at {clean(content.exported_at)}" if content.exported_at else ""))
    result(f"Evidence digest: {manifest.digest}")
    result(f"Bundle digest: sha256:{report.sha256}")
    result("Files:")
    width = max(len(entry.path) for entry in manifest.files)
    for entry in manifest.files:
        result(f"  {entry.path:<{width}}  {entry.bytes:>12} bytes  sha256:{entry.sha256[:12]}…")
    result(f"Checks: all {len(report.outcomes)} passed")


def _show_failures(report: BundleReport) -> None:
    result(f"{clean(report.path)}: not valid")
    for failure in report.failures:
        for text in failure.texts:
            result(f"  {failure.code}: {clean(text)}")
    if report.failures[0].hint:
        message(f"Hint: {clean(report.failures[0].hint)}")


def _show_verdict(report: BundleReport, signer: Signer | None) -> None:
    if report.content is None:
        _show_failures(report)
        return
    signed = "" if signer is None else f", signed by {clean(signer.principal)} ({clean(signer.fingerprint)})"
    manifest = report.content.manifest
    result(f"{clean(report.path)}: valid, {_KINDS[manifest.kind]} {clean(manifest.run_id)}{signed}")


def _show_unsigned(file: str, error: EdgeEnvError) -> None:
    result(f"{clean(file)}: not valid")
    result(f"  {error.code}: {clean(error.message)}")
    if error.hint:
        message(f"Hint: {clean(error.hint)}")


def _report_document(report: BundleReport, signer: Signer | None) -> dict[str, Any]:
    content = report.content
    document: dict[str, Any] = {
        "file": json_text(report.path),
        "valid": content is not None,
        "bytes": report.bytes,
        "sha256": report.sha256 or None,
        "signer": None if signer is None else signer.principal,
        "checks": [
            {"code": outcome.code, "result": outcome.result.value, "title": outcome.title}
            | ({"defects": list(outcome.texts)} if outcome.result is Result.FAILED else {})
            for outcome in report.outcomes
        ],
    }
    if content is not None:
        document |= {
            "bundle_type": content.manifest.kind.value,
            "run_id": content.manifest.run_id,
            "created_at": content.manifest.created_at,
            "evidence_digest": content.manifest.digest,
            "exported_by": dict(content.exporter),
            "exported_at": content.exported_at,
            "files": [entry.to_document() for entry in content.manifest.files],
        }
    return document
