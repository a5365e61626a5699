#!/usr/bin/env bash
# Every check of the project (`make test`). Names of parts as arguments run only those: scripts/test.sh web pytest
set -uo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/.tools/bin:$PWD/.venv/bin:$PATH"
. scripts/parts.sh

wanted=("$@")
want() {
  ((${#wanted[@]} == 0)) && return 0
  local name
  for name in "${wanted[@]}"; do [[ $name == "$1" ]] && return 0; done
  return 1
}

in_web() { (cd web && CI=true pnpm "$@"); }

if want style; then
  part "ruff: rules" ruff check .
  part "ruff: format" ruff format --check .
  part "import order" lint-imports --no-cache
fi
if want types; then
  part "mypy" mypy
fi
if want drift; then
  part "migrations: complete, safe to run" python scripts/check_migrations.py
  part "openapi.json is up to date" shanzhi openapi --check
  part "verb schemas are up to date" shanzhi verbs --check
  part "generated pages are up to date" shanzhi docs --check
fi
if want web; then
  part "web: packages" in_web install --frozen-lockfile --prefer-offline
  part "web: eslint" in_web lint
  part "web: types" in_web check
  part "web: vitest" in_web test
  part "web: build" shanzhi pages
fi
if want pytest; then
  part "pytest" pytest -q
fi

parts_end
