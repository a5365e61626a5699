# Runs the parts of a check one after the other, times each, goes on after a failure and says at the end what failed.
# To be sourced: `part NAME COMMAND…` for each, then `parts_end`.

failed=()
passed=0

part() {
  local name=$1 started=$EPOCHREALTIME status=0
  shift
  printf '\n== %s\n' "$name"
  "$@" || status=$?
  local took=$(((${EPOCHREALTIME/./} - ${started/./}) / 100000))
  if ((status)); then
    failed+=("$name")
    printf -- '-- %s FAILED (%d) after %d.%d s\n' "$name" "$status" $((took / 10)) $((took % 10))
  else
    passed=$((passed + 1))
    printf -- '-- %s: %d.%d s\n' "$name" $((took / 10)) $((took % 10))
  fi
}

parts_end() {
  printf '\n'
  ((${#failed[@]})) && printf 'failed: %s\n' "${failed[@]}"
  printf 'parts: %d passed, %d failed\n' "$passed" "${#failed[@]}"
  ((${#failed[@]} == 0))
}
