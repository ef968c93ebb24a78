// The metrics rows of the comparison, done with Go's own client.
package metrics

import (
	"bytes"
	"fmt"
	"math"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"
)

var buckets = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}

func values() []float64 {
	v := make([]float64, 4096)
	for i := range v {
		v[i] = math.Exp(float64(i*7919%4096)/512 - 6)
	}
	return v
}

func newCounter() *prometheus.CounterVec {
	return prometheus.NewCounterVec(
		prometheus.CounterOpts{Name: "orders_total", Help: "Orders"},
		[]string{"status", "method", "region"},
	)
}

func BenchmarkCounterBound(b *testing.B) {
	c := newCounter().WithLabelValues("ok", "card", "eu")
	for i := 0; i < b.N; i++ {
		c.Inc()
	}
}

func BenchmarkCounterThreeLabels(b *testing.B) {
	c := newCounter()
	for i := 0; i < b.N; i++ {
		c.WithLabelValues("ok", "card", "eu").Inc()
	}
}

func BenchmarkHistogramClassicBound(b *testing.B) {
	h := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "s", Buckets: buckets})
	v := values()
	for i := 0; i < b.N; i++ {
		h.Observe(v[i&4095])
	}
}

func BenchmarkHistogramNativeBound(b *testing.B) {
	h := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "s", NativeHistogramBucketFactor: 1.1})
	v := values()
	for i := 0; i < b.N; i++ {
		h.Observe(v[i&4095])
	}
}

func scrape(b *testing.B, c prometheus.Collector) {
	r := prometheus.NewRegistry()
	r.MustRegister(c)
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		families, err := r.Gather()
		if err != nil {
			b.Fatal(err)
		}
		var page bytes.Buffer
		e := expfmt.NewEncoder(&page, expfmt.NewFormat(expfmt.TypeTextPlain))
		for _, f := range families {
			if err := e.Encode(f); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkScrape1000Histograms(b *testing.B) {
	h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "s", Buckets: buckets}, []string{"route"})
	v := values()
	for n := 0; n < 50000; n++ {
		h.WithLabelValues(fmt.Sprintf("/r/%d", n%1000)).Observe(v[n&4095])
	}
	scrape(b, h)
}

func BenchmarkScrape100000Counters(b *testing.B) {
	c := newCounter()
	for n := 0; n < 100000; n++ {
		c.WithLabelValues(fmt.Sprint(200+n%7), fmt.Sprintf("m%d", n%100), fmt.Sprint(n)).Inc()
	}
	scrape(b, c)
}
