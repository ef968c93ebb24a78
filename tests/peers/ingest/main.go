// Takes pushes as Pyroscope's /ingest does, and decodes the profiles with pprof's own library: a line of
// JSON for each. Pyroscope itself is not run here.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"

	"github.com/google/pprof/profile"
)

type pushed struct {
	Query   map[string][]string
	Types   []string
	Totals  []int64
	Weights map[string]int64
	Error   string
}

func take(r *http.Request) (p pushed) {
	p.Query = r.URL.Query()
	file, _, err := r.FormFile("profile")
	if err != nil {
		p.Error = err.Error()
		return
	}
	defer file.Close()
	prof, err := profile.Parse(file)
	if err == nil {
		err = prof.CheckValid()
	}
	if err != nil {
		p.Error = err.Error()
		return
	}
	p.Weights = map[string]int64{}
	for _, t := range prof.SampleType {
		p.Types = append(p.Types, t.Type+"/"+t.Unit)
	}
	p.Totals = make([]int64, len(prof.SampleType))
	for _, s := range prof.Sample {
		for i, v := range s.Value {
			p.Totals[i] += v
		}
		seen := map[string]bool{}
		for _, l := range s.Location {
			for _, line := range l.Line {
				if name := line.Function.Name; !seen[name] {
					seen[name] = true
					p.Weights[name] += s.Value[len(s.Value)-1]
				}
			}
		}
	}
	return
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	http.HandleFunc("POST /ingest", func(w http.ResponseWriter, r *http.Request) {
		p := take(r)
		if p.Error != "" {
			http.Error(w, p.Error, http.StatusUnprocessableEntity)
		}
		json.NewEncoder(os.Stdout).Encode(p)
	})
	log.Fatal(http.Serve(listener, nil))
}
