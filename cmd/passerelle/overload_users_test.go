package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"passerelle/web/webtest"
)

// usersAtOnce is how many end users come at once; PASSERELLE_TEST_USERS asks for more (2,000 for the long run).
var usersAtOnce = os.Getenv("PASSERELLE_TEST_USERS")

// Bounds of a process under more users than it can answer at once.
const (
	fewUsers = 200
	// mostMemory is what a user at once may cost, on top of what the process needs at rest.
	mostMemory = 192 << 20
	// goroutinesEach are those of a connection and of the request on it.
	goroutinesEach = 4
)

// TestManyUsers (F15) has many end users begin a visit and agree to the terms at the same moment: each gets through, or is told to come
// back and gets through then. Memory and goroutines stay bounded.
func TestManyUsers(t *testing.T) {
	users := fewUsers
	if n, err := strconv.Atoi(usersAtOnce); err == nil {
		users = n
	}
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			args := []string{"--log-level", "error"}
			if engine == "postgres" {
				args = append(args, "--database-url", onPostgres(t))
			}
			crowd(t, users, args)
		})
	}
}

func crowd(t *testing.T, users int, args []string) {
	t.Helper()
	dir := dataDir(t)
	data := []string{"--data-dir", dir}
	data = append(data, args[2:]...)
	made := object(t, append([]string{"client", "create", "--name", "Budget", "--redirect-uri", callbackURI, "--json"}, data...)...)
	p := launch(t, nil, append([]string{"serve", "--listen", "127.0.0.1:0", "--test-bank-listen", "127.0.0.1:0", "--data-dir", dir}, args...)...)
	address := p.line("listening on ")[len("listening on "):]
	entry := address + "/en/connect?client_id=" + fmt.Sprint(made["client_id"]) + "&redirect_uri=" + url.QueryEscape(callbackURI) + "&state=st"
	transport := &http.Transport{MaxIdleConnsPerHost: users, MaxConnsPerHost: 0}
	defer transport.CloseIdleConnections()
	var (
		wg      sync.WaitGroup
		mu      sync.Mutex
		took    []time.Duration
		refused int
		start   = make(chan struct{})
	)
	ctx, cancel := context.WithTimeout(t.Context(), 5*patience)
	defer cancel()
	for range users {
		wg.Go(func() {
			<-start
			b, err := webtest.New(transport, address)
			if err != nil {
				t.Error(err)
				return
			}
			began := time.Now()
			turned, err := visit(ctx, b, entry)
			if err != nil {
				t.Errorf("after %v: %v", time.Since(began), err)
			}
			mu.Lock()
			defer mu.Unlock()
			took, refused = append(took, time.Since(began)), refused+turned
		})
	}
	close(start)
	wg.Wait()
	slices.Sort(took)
	memory, goroutines := figures(t, address)
	t.Logf("%d users at once: %d told to come back, p50 %v, p99 %v; then %d MB and %d goroutines", users, refused,
		took[len(took)/2], took[len(took)*99/100], memory>>20, goroutines)
	if memory > mostMemory+int64(users)*(64<<10) || goroutines > 200+users*goroutinesEach {
		t.Errorf("the process has %d MB and %d goroutines", memory>>20, goroutines)
	}
	if code := p.stop(); code != exitOK {
		t.Errorf("exit %d", code)
	}
}

// visit begins a visit and agrees to its terms. Whoever is told to come back does, when they were told to.
func visit(ctx context.Context, b *webtest.Browser, entry string) (turned int, err error) {
	patiently := func(do func() (*webtest.Page, error)) (*webtest.Page, error) {
		for {
			p, err := do()
			if err != nil || p.Status == http.StatusOK {
				return p, err
			}
			// Where the way back to the client application is known, it is what hears of it (RFC 6749 §4.1.2.1), and sends them again.
			if q, left := returned(p); left && q.Get("error") == "temporarily_unavailable" {
				turned++
				if err := after(ctx, time.Second); err != nil {
					return p, err
				}
				continue
			}
			again, convErr := strconv.Atoi(p.Header.Get("Retry-After"))
			if convErr != nil || p.Status != http.StatusServiceUnavailable && p.Status != http.StatusTooManyRequests {
				return p, fmt.Errorf("%d, which says nothing of coming back: %.200s", p.Status, p.Body)
			}
			turned++
			if err := after(ctx, time.Duration(again)*time.Second); err != nil {
				return p, err
			}
		}
	}
	p, err := patiently(func() (*webtest.Page, error) { return b.Get(ctx, entry) })
	if err != nil {
		return turned, err
	}
	terms := p
	p, err = patiently(func() (*webtest.Page, error) { return b.AcceptTerms(ctx, terms) })
	if err == nil && !bytes.Contains(p.Body, []byte("Choose your bank")) {
		err = fmt.Errorf("the visit is at %s", p.Title)
	}
	return turned, err
}

// figures are the resident memory and the goroutines that the process tells of itself.
func figures(t *testing.T, address string) (memory int64, goroutines int) {
	t.Helper()
	status, text := fetch(t, http.MethodGet, address+"/metrics", nil)
	if status != http.StatusOK {
		t.Fatalf("metrics: %d", status)
	}
	value := func(name string) float64 {
		m := regexp.MustCompile(`(?m)^` + name + ` (\S+)$`).FindStringSubmatch(text)
		if m == nil {
			t.Fatalf("no %s among the figures", name)
		}
		v, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	return int64(value("process_resident_memory_bytes")), int(value("go_goroutines"))
}
