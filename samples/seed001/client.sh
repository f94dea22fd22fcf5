#!/usr/bin/env bash
# A client of seed system 001 in plain curl.
#
#   client.sh URL enqueue FILE ITERATIONS   enqueues a file and prints the number of the work item
#   client.sh URL pull TOP                  pulls the latest results, one line each: work_id: ID, value: DIGEST
set -euo pipefail
[ $# -ge 3 ] || { sed -n '4,5s/^# *//p' "$0" >&2; exit 2; }
url=$1
case "$2" in
  enqueue) curl -sS --fail-with-body --retry 20 -T "$3" "$url/enqueue?iterations=$4" | sed 's/^work id: //' ;;
  pull) curl -sS --fail-with-body -X POST "$url/pullCompleted?top=$3" ;;
  *) echo "unknown command: $2" >&2; exit 2 ;;
esac
echo
