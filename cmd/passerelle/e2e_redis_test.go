package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"passerelle/internal/ephemeral/redistest"
)

// TestVisitsGoOnWithoutRedis walks through a visit with a Redis that comes and goes at each step, and wants every page in time, the
// visit at its end, and readiness and figures that say what there is.
func TestVisitsGoOnWithoutRedis(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	proxy := redistest.NewProxy(t, server)
	w := newWorld(t, "", "", "--redis-url", strings.Replace(proxy.URL(), "redis://", "redis://:hunter2@", 1)+"?prefix=e2e")
	server.Do("CONFIG", "SET", "requirepass", "hunter2")
	w.mustStart()
	redisIs := func(up string) {
		t.Helper()
		redistest.Eventually(t, "the figures say passerelle_redis_up "+up, func() bool {
			_, metrics := fetch(t, http.MethodGet, w.address+"/metrics", nil)
			return strings.Contains(metrics, "passerelle_redis_up "+up+"\n")
		})
		status, body := fetch(t, http.MethodGet, w.address+"/readyz", nil)
		if told := strings.Contains(body, `"redis":"unavailable"`); status != http.StatusOK || told != (up == "0") {
			t.Errorf("readiness with Redis %s: %d %s", up, status, body)
		}
	}
	redisIs("1")
	troubles := []func(){
		func() { proxy.Silence(true) }, func() { proxy.Silence(false) },
		func() { proxy.Delay(400 * time.Millisecond) }, func() { proxy.Delay(0) },
		func() { proxy.Reset(true) }, func() { proxy.Reset(false); redisIs("1") },
		func() { proxy.Silence(true); proxy.Cut() },
	}
	person := w.newPerson("openapi", "camille", "")
	page, err := person.b.Get(t.Context(), person.entry)
	steps := 0
	for ; err == nil && page.Left == nil; steps++ {
		if steps < len(troubles) {
			troubles[steps]()
		}
		began := time.Now()
		page, err = person.do(t.Context(), page)
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("step %d took %s", steps, took)
		}
	}
	if err != nil {
		t.Fatalf("step %d: %v", steps, err)
	}
	if q, ok := returned(page); !ok || q.Get("code") == "" {
		t.Errorf("the visit ended at %s", page.Left)
	}
	if steps < len(troubles) {
		t.Errorf("%d steps, want %d at least: not every trouble was met", steps, len(troubles))
	}
	redistest.Eventually(t, "the breaker opens", func() bool {
		page, err := w.newPerson("openapi", "camille", "").b.Get(t.Context(), person.entry)
		if err != nil || page.Status >= http.StatusInternalServerError {
			t.Errorf("a new visit: %v", err)
			return true
		}
		_, metrics := fetch(t, http.MethodGet, w.address+"/metrics", nil)
		return strings.Contains(metrics, "passerelle_redis_up 0\n")
	})
	redisIs("0")
	proxy.Silence(false)
	redisIs("1")
	if log := w.errs.String(); strings.Contains(log, "hunter2") || strings.Contains(log, proxy.Host) {
		t.Error("the log holds the address of Redis")
	}
	w.service.kill()
}
