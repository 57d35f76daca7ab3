# What the bench scripts share: servers of their own on free ports and in a folder of their own, CPU time, medians.
# Sourced by them; `./dev bench NAME` has built what they start.

bin=build/release/bin
bare=build/release/bench
work=$(mktemp -d "${TMPDIR:-/tmp}/demur-bench.XXXXXX")
server=''
trap 'stop_server; rm -rf "$work"' EXIT

# start_demurd [--keep] [demurd options]: on $port, with the settings of $config, with an empty store unless --keep. Sets
# $server, its process id.
# shellcheck disable=SC2120 # the options are seldom wanted
start_demurd() {
  if [[ ${1:-} == --keep ]]; then shift; else rm -rf "$work/data"; fi
  port=${port:-18080}
  "$bin/demurd" --config "${config:-config/demur.toml}" --listen "127.0.0.1:$port" --data "$work/data" \
    --plugins build/release/lib/demur/plugins "$@" 2>"$work/demurd.log" &
  server=$!
  until_answered "/readyz"
}

# start_server COMMAND...: anything else that listens on $port.
start_server() {
  "$@" &
  server=$!
  until_answered "/"
}

until_answered() {
  local _
  for _ in {1..3000}; do
    curl -s --max-time 1 -o /dev/null -X POST -d '{}' "http://127.0.0.1:$port$1" && return 0
    kill -0 "$server" 2>/dev/null || break
    sleep 0.01
  done
  cat "$work"/*.log >&2
  echo "bench: the server did not start" >&2
  exit 1
}

stop_server() {
  [[ -n $server ]] || return 0
  kill "$server" 2>/dev/null || true
  wait "$server" 2>/dev/null || true
  server=''
}

# CPU seconds that a process has used so far.
cpu_seconds() { awk -v hz="$(getconf CLK_TCK)" '{ sub(/.*\) /, ""); print ($12 + $13) / hz }' "/proc/$1/stat"; }
resident_mb() { awk '/^VmRSS/ { printf "%.0f", $2 / 1024 }' "/proc/$1/status"; }

# load_with_wrk SECONDS SCRIPT [script arguments]: one line, "requests/s p50 p99 p99.9 (ms) cpu-s-per-1000 failed".
load_with_wrk() {
  local seconds=$1 script=$2 before after
  shift 2
  before=$(cpu_seconds "$server")
  wrk --threads 1 --connections "${connections:-64}" --duration "${seconds}s" --timeout 10s --script "$script" \
    "http://127.0.0.1:$port" -- "$@" >"$work/wrk.log"
  after=$(cpu_seconds "$server")
  awk -v cpu="$(awk -v a="$after" -v b="$before" 'BEGIN { print a - b }')" '
    /^result/ { printf "%.0f %.2f %.2f %.2f %.4f %d\n", $2 / $3, $4, $5, $6, cpu * 1000 / $2, $7; found = 1 }
    END { if (!found) exit 1 }' "$work/wrk.log" || { cat "$work/wrk.log" >&2; exit 1; }
}

# The median of each column of the lines on standard input.
medians() {
  awk '{ for (i = 1; i <= NF; i++) value[i, NR] = $i; columns = NF }
    END {
      for (i = 1; i <= columns; i++) {
        for (j = 1; j <= NR; j++) sorted[j] = value[i, j]
        for (j = 2; j <= NR; j++)
          for (k = j; k > 1 && sorted[k - 1] + 0 > sorted[k] + 0; k--) { t = sorted[k]; sorted[k] = sorted[k - 1]; sorted[k - 1] = t }
        printf "%s%s", (i > 1 ? " " : ""), sorted[int((NR + 1) / 2)]
      }
      print ""
    }'
}
