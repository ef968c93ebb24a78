// A Go server, bare or with the stack that observability is usually shown with.
package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/trace"
	oteltrace "go.opentelemetry.io/otel/trace"
)

func hello(w http.ResponseWriter, _ *http.Request) {
	w.Write([]byte("Hello, World!"))
}

type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

func glued() http.Handler {
	labels := []string{"method", "route", "status"}
	requests := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "http_requests_total"}, labels)
	durations := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "http_request_duration_seconds",
		Buckets: []float64{.005, .01, .025, .05, .075, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10},
	}, labels)
	prometheus.MustRegister(requests, durations)

	// The environment says where to, as it does for the others.
	exporter, err := otlptracehttp.New(context.Background())
	if err != nil {
		panic(err)
	}
	otel.SetTracerProvider(trace.NewTracerProvider(trace.WithBatcher(exporter)))
	otel.SetTextMapPropagator(propagation.TraceContext{})
	log := zerolog.New(os.Stdout).With().Timestamp().Str("service", "bench").Logger()

	inner := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		span := oteltrace.SpanContextFromContext(r.Context())
		id := span.TraceID().String()
		lines := log.With().Str("request_id", id).Str("trace_id", id).Str("span_id", span.SpanID().String()).Logger()
		lines.Info().Str("method", r.Method).Str("path", r.URL.Path).Msg("request started")
		w.Header().Set("x-request-id", id)
		rec := &recorder{w, 200}
		hello(rec, r)
		status := fmt.Sprint(rec.status)
		seconds := time.Since(start).Seconds()
		requests.WithLabelValues(r.Method, "/hello/:name", status).Inc()
		durations.WithLabelValues(r.Method, "/hello/:name", status).(prometheus.ExemplarObserver).
			ObserveWithExemplar(seconds, prometheus.Labels{"trace_id": id})
		lines.Info().Str("method", r.Method).Str("path", r.URL.Path).Str("route", "/hello/:name").
			Int("status", rec.status).Float64("duration_ms", seconds*1000).Msg("request completed")
	})
	return otelhttp.NewHandler(inner, "GET /hello/:name")
}

func main() {
	var handler http.Handler = http.HandlerFunc(hello)
	if len(os.Args) > 1 && os.Args[1] == "glued" {
		handler = glued()
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Fprintf(os.Stderr, "READY %d\n", listener.Addr().(*net.TCPAddr).Port)
	panic(http.Serve(listener, handler))
}
