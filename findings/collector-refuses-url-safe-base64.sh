#!/usr/bin/env bash
# OpenTelemetry Collector 0.120 (pdata 1.26.0) refuses a whole OTLP/JSON request for one `bytesValue` in URL-safe
# base64. OTLP's JSON is protobuf's, which says of bytes: "Either standard or URL-safe base64 encoding
# with/without paddings are accepted"; Google's own decoder takes both. Seen: "collector: illegal base64 data".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >go.mod <<'GO'
module finding

go 1.23

require (
	go.opentelemetry.io/collector/pdata v1.26.0
	go.opentelemetry.io/proto/otlp v1.5.0
	google.golang.org/protobuf v1.36.5
)
GO
cat >main.go <<'GO'
package main

import (
	"fmt"
	"regexp"

	"go.opentelemetry.io/collector/pdata/plog"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	"google.golang.org/protobuf/encoding/protojson"
)

func main() {
	value := `{"bytesValue":"-_8="}`
	var reference common.AnyValue
	err := protojson.Unmarshal([]byte(value), &reference)
	fmt.Println("reference:", reference.GetBytesValue(), err)

	request := `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":` + value + `}]}]}]}`
	_, err = (&plog.JSONUnmarshaler{}).UnmarshalLogs([]byte(request))
	fmt.Println("collector:", regexp.MustCompile("illegal base64 data").FindString(fmt.Sprint(err)))
}
GO
go mod tidy >/dev/null 2>&1
seen=$(go run .)
echo "$seen"
[ "$seen" = "reference: [251 255] <nil>
collector: illegal base64 data" ] || { echo "That has changed" >&2; exit 1; }
