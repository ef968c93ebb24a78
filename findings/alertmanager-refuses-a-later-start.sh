#!/usr/bin/env bash
# Alertmanager 0.28.1 refuses an alert that begins later and has no end with 400, "start time must be before end
# time", though no end was sent: it puts one five minutes from now (resolve_timeout), whenever the alert begins.
# Its API has both times as optional. With an end after the start the alert is taken. Seen: "no end 400, an end 200".
set -euo pipefail
folder=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
GOBIN="$folder" go install github.com/prometheus/alertmanager/cmd/alertmanager@v0.28.1 2>/dev/null
echo '{"route": {"receiver": "a"}, "receivers": [{"name": "a"}]}' >config.yml
port=$((20000 + RANDOM % 10000))
./alertmanager --config.file=config.yml --storage.path=data --web.listen-address="127.0.0.1:$port" \
  --cluster.listen-address= 2>log &
server=$!
url="http://127.0.0.1:$port"
until curl -sf "$url/-/ready" >/dev/null; do sleep 0.1; done
post() {
  curl -s -o answer -w '%{http_code}' "$url/api/v2/alerts" -H 'content-type: application/json' -d "$1"
}
at() { date -u -d "$1" +%Y-%m-%dT%H:%M:%SZ; }
labels='"labels": {"alertname": "Maintenance"}'
without=$(post "[{$labels, \"startsAt\": \"$(at '+1 hour')\"}]")
grep -q "start time must be before end time" answer
with=$(post "[{$labels, \"startsAt\": \"$(at '+1 hour')\", \"endsAt\": \"$(at '+2 hours')\"}]")
seen="no end $without, an end $with"
echo "$seen"
[ "$seen" = "no end 400, an end 200" ] || { echo "That has changed" >&2; exit 1; }
