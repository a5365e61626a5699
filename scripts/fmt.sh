#!/usr/bin/env bash
# Formats, and mends what can be mended by rule (`make fmt`).
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/.tools/bin:$PWD/.venv/bin:$PATH"

ruff check --fix --quiet . || true # what is left is for a person; `make test` names it
ruff format .
if [[ -d web/node_modules ]]; then (cd web && pnpm lint --fix); fi
