package rig

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// Load is what processes hold while nobody asks for anything: goroutines and open files, by process.
type Load map[string][2]float64

// Processes are all processes of the service.
func (r *Rig) Processes() []*Process {
	return append(append([]*Process(nil), r.Web...), r.Workers...)
}

// DatabaseURL is the database's own address, past any wire.
func (r *Rig) DatabaseURL() string {
	if r.Postgres != nil {
		return r.Postgres.URL(r.Postgres.Address())
	}
	return r.databaseURL()
}

// Secrets are the fixed texts that may be found nowhere: not in a log, not in the database outside of a sealed column.
func (r *Rig) Secrets() []string { return []string{Password, bankSecret, r.Client.Secret} }

// Idle reads what each process holds now.
func (r *Rig) Idle(ctx context.Context) (Load, error) {
	out := make(Load)
	for _, p := range r.Processes() {
		var of [2]float64
		for i, name := range []string{"go_goroutines", "process_open_fds"} {
			n, err := p.Metric(ctx, name)
			if err != nil {
				return nil, err
			}
			of[i] = n
		}
		out[p.Name] = of
	}
	return out, nil
}

// Over says which processes hold much more than before (I8). Pools keep connections for a while, so that some more is none.
func (l Load) Over(before Load) []string {
	var out []string
	for name, now := range l {
		for i, what := range []string{"goroutines", "open files"} {
			if was := before[name][i]; now[i] > 2*was+150 {
				out = append(out, fmt.Sprintf("%s holds %.0f %s, and held %.0f at the beginning", name, now[i], what, was))
			}
		}
	}
	return out
}

// Metric reads one figure of a process, by its whole name with labels.
func (p *Process) Metric(ctx context.Context, name string) (float64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.Ops+"/metrics", http.NoBody)
	if err != nil {
		return 0, err
	}
	res, err := asker.Do(req)
	if err != nil {
		return 0, err
	}
	defer func() { _ = res.Body.Close() }()
	lines := bufio.NewScanner(res.Body)
	for lines.Scan() {
		if v, ok := strings.CutPrefix(lines.Text(), name+" "); ok {
			return strconv.ParseFloat(v, 64)
		}
	}
	return 0, fmt.Errorf("rig: %s has no figure %s", p.Name, name)
}
