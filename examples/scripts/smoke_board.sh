#!/usr/bin/env bash
# Does EdgeEnv work on this board, from the entry point to a bundle in another root? Run from the root of a checkout:
#
#   examples/scripts/smoke_board.sh [SCENARIO ...] [OPTIONS]
#
# Scenarios, all of them by default: entry-points, sampled-compare, conditional-compare, target-compare, bundle-handoff.
# Each records runs of the sampled example and demands the verdict that it must give. The last line says what failed.
set -euo pipefail

python=python3 root="" import_root="" bundles="" summary="" device="" keep="" scenarios=()
target=examples/profiles/jetson_nano_sampled_local.yaml
config=examples/benches/jetson_sampled_local.yaml

while (($#)); do
  case "$1" in
    --python) python="$2"; shift ;;
    --edgeenv-root) root="$2"; shift ;;
    --import-root) import_root="$2"; shift ;;
    --bundle-dir) bundles="$2"; shift ;;
    --bundle-summary-output) summary="$2"; shift ;;
    --bundle-summary-source-device) device="$2"; shift ;;
    --target) target="$2"; shift ;;
    --config) config="$2"; shift ;;
    --keep-artifacts) keep=yes ;;
    entry-points | sampled-compare | conditional-compare | target-compare | bundle-handoff) scenarios+=("$1") ;;
    *) sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
  shift
done
((${#scenarios[@]})) || scenarios=(entry-points sampled-compare conditional-compare target-compare bundle-handoff)

scratch=$(mktemp -d)
now=starting
finish() {
  status=$?
  if [[ -n "$keep" ]]; then echo "kept: $scratch"; else rm -rf "$scratch"; fi
  if ((status == 0)); then echo "smoke: OK (${scenarios[*]})"; else echo "smoke: FAILED in $now" >&2; fi
}
trap finish EXIT
root="${root:-$scratch/root}" import_root="${import_root:-$scratch/other}" bundles="${bundles:-$scratch/bundles}"
summary="${summary:-$scratch/summary.md}"

edgeenv() { "$python" -m edgeenv "$@"; }
record() { edgeenv bench run --edgeenv-root "$root" --target "$1" --config "$2"; }
# The report, and the mode that it must state.
judged() {
  edgeenv report compare latest~1 latest --edgeenv-root "$root" | tee "$scratch/report.txt"
  grep -qx "Mode: $1" "$scratch/report.txt"
}
# The file with one member changed, in the same place where relative paths hold.
changed() { sed "s|^$2:.*|$2: $3|" "$1" >"$scratch/$4" && printf '%s' "$scratch/$4"; }

for now in "${scenarios[@]}"; do
  echo "==> $now"
  case "$now" in
    entry-points)
      edgeenv --version
      edgeenv doctor --edgeenv-root "$root"
      edgeenv profile validate "$target"
      edgeenv bench validate "$config"
      ;;
    sampled-compare)
      record "$target" "$config"
      record "$target" "$config"
      edgeenv runs resources list --edgeenv-root "$root"
      judged same-condition
      ;;
    conditional-compare)
      record "$target" "$config"
      record "$target" "$(changed "$config" runtime another-runtime other-runtime.yaml)"
      judged runtime-comparison
      ;;
    target-compare)
      record "$target" "$config"
      record "$(changed "$target" board_name another-board other-board.yaml)" "$config"
      judged target-comparison
      ;;
    bundle-handoff)
      record "$target" "$config"
      record "$target" "$config"
      edgeenv runs export latest~1 latest --edgeenv-root "$root" --output "$bundles" --force
      edgeenv bundle verify "$bundles"/*.zip
      edgeenv runs import "$bundles" --edgeenv-root "$import_root"
      edgeenv report bundle-summary --edgeenv-root "$import_root" --force --output "$summary" \
        --scenario "handoff:latest~1:latest=same-condition" --source-device "${device:-this machine}"
      ;;
  esac
done
