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
		if told := strings.Contains(body, `"redis":"unavailable: `); status != http.StatusOK || told != (up == "0") {
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

// TestStartSaysWhyRedisIsNoUse starts with a password that Redis refuses: the service is there, and its log, readiness and figures say
// what is wrong and never with which password. When Redis takes the password they say that it is well.
func TestStartSaysWhyRedisIsNoUse(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	server.Do("ACL", "SETUSER", "passerelle", "on", ">other", "+@all", "allkeys", "allchannels")
	w := newWorld(t, "", "", "--redis-url", strings.Replace(server.URL(), "redis://", "redis://passerelle:hunter2@", 1))
	w.mustStart()
	_, metrics := fetch(t, http.MethodGet, w.address+"/metrics", nil)
	if want := `passerelle_redis_unwell{why="user or password refused"} 1`; !strings.Contains(metrics, want) {
		t.Errorf("the figures do not say %s", want)
	}
	status, body := fetch(t, http.MethodGet, w.address+"/readyz", nil)
	if want := `"redis":"unavailable: user or password refused"`; status != http.StatusOK || !strings.Contains(body, want) {
		t.Errorf("readiness: %d %s, want %s", status, body, want)
	}
	redistest.Eventually(t, "the log says why and what to do", func() bool {
		log := w.errs.String()
		return strings.Contains(log, "user or password refused") && strings.Contains(log, "--redis-url (PASSERELLE_REDIS_URL)")
	})
	server.Do("ACL", "SETUSER", "passerelle", ">hunter2")
	redistest.Eventually(t, "it is well", func() bool {
		_, metrics := fetch(t, http.MethodGet, w.address+"/metrics", nil)
		return strings.Contains(metrics, "passerelle_redis_up 1\n") && !strings.Contains(metrics, "passerelle_redis_unwell{")
	})
	if log := w.errs.String(); strings.Contains(log, "hunter2") || strings.Contains(log, server.Host) {
		t.Error("the log holds the address of Redis")
	}
	w.service.kill()
}
