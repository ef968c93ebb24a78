// The same lines as bench/versus/logging.ts writes, by zerolog and log/slog, to a file that takes all.
package main

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/rs/zerolog"
)

const lines = 200_000

func main() {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		panic(err)
	}
	// Batches as ours; zerolog alone makes a system call of every line.
	out := bufio.NewWriterSize(null, 16*1024)
	zero := zerolog.New(out).With().Timestamp().Str("service", "orders").Logger()
	fmt.Printf("zerolog %d\n", nsPerLine(out, func(i int) {
		zero.Info().Int("order_id", i).Str("customer", "c-1024").Bool("express", true).Msg("placing order")
	}))
	structured := slog.New(slog.NewJSONHandler(out, nil)).With("service", "orders")
	ctx := context.Background()
	fmt.Printf("slog %d\n", nsPerLine(out, func(i int) {
		structured.LogAttrs(ctx, slog.LevelInfo, "placing order", slog.Int("order_id", i),
			slog.String("customer", "c-1024"), slog.Bool("express", true))
	}))
}

// The best of seven rounds, each drained.
func nsPerLine(out *bufio.Writer, log func(int)) int64 {
	best := time.Duration(1 << 62)
	for round := 0; round < 7; round++ {
		start := time.Now()
		for i := 0; i < lines; i++ {
			log(i)
		}
		out.Flush()
		best = min(best, time.Since(start))
	}
	return best.Nanoseconds() / lines
}
