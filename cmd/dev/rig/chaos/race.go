package chaos

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"passerelle/cmd/dev/rig"
	"passerelle/cmd/dev/rig/load"
)

// Race says what a race does: so many rounds in which one code is exchanged from so many sides at once, spread over all web
// processes past the balancer (F9, security requirement R19).
type Race struct {
	Rig           rig.Options
	Rounds, Sides int
	Out, Keep     io.Writer
}

// RaceResult is what came of a race.
type RaceResult struct {
	// Won counts the rounds by how many sides got a token.
	Won map[int]int
	// Strange are answers to those who lost that are not 400 invalid_grant, the first of them.
	Strange []string
	// Twice is how many codes have more than one token in the database, Once how many have one or more.
	Twice, Once int
	Took        time.Duration
}

// OneEach says whether each round had one winner and nothing else was found.
func (r *RaceResult) OneEach(rounds int) bool {
	return r.Won[1] == rounds && len(r.Won) == 1 && r.Twice == 0 && r.Once == rounds && len(r.Strange) == 0
}

// Run races.
func (c Race) Run(ctx context.Context) (*RaceResult, error) {
	watch := newLogWatch(c.Keep, rig.Password)
	c.Rig.Log = watch
	r, err := rig.Start(ctx, c.Rig)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	watch.add(r.Client.Secret)
	b := &backend{r: r, http: &http.Client{
		Transport: &http.Transport{MaxIdleConnsPerHost: c.Sides, DisableCompression: true}, Timeout: 30 * time.Second,
	}}
	defer b.http.CloseIdleConnections()
	user, err := b.user(ctx)
	if err != nil {
		return nil, err
	}
	out := &RaceResult{Won: make(map[int]int)}
	began := time.Now()
	for range c.Rounds {
		code, err := b.code(ctx, user)
		if err != nil {
			return nil, err
		}
		won, strange := b.race(ctx, code, c.Sides)
		out.Won[won]++
		if len(out.Strange) < 20 {
			out.Strange = append(out.Strange, strange...)
		}
	}
	out.Took = time.Since(began)
	db, err := load.OpenDatabase(r.DatabaseURL())
	if err != nil {
		return nil, err
	}
	defer db.Close()
	counts, err := db.Column(ctx, "SELECT count(*) FROM tokens WHERE code_id IS NOT NULL GROUP BY code_id")
	if err != nil {
		return nil, err
	}
	out.Once = len(counts)
	for _, n := range counts {
		if n != "1" {
			out.Twice++
		}
	}
	out.Strange = append(out.Strange, watch.findings()...)
	c.report(r, out)
	return out, nil
}

func (c Race) report(r *rig.Rig, out *RaceResult) {
	_, _ = fmt.Fprintf(c.Out, "race on %s: %d rounds of %d exchanges of one code over %d processes in %s: one winner in %d, none in %d, more in %d; codes with more than one token: %d\n",
		c.Rig.Engine, c.Rounds, c.Sides, len(r.Web), out.Took.Round(time.Second), out.Won[1], out.Won[0], c.Rounds-out.Won[0]-out.Won[1], out.Twice)
	for _, s := range out.Strange[:min(len(out.Strange), 10)] {
		_, _ = fmt.Fprintf(c.Out, "  a side that lost was told %s\n", s)
	}
}

// backend is the client application's server.
type backend struct {
	r    *rig.Rig
	http *http.Client
}

// call sends one request to one process and reads the answer.
func (b *backend) call(ctx context.Context, base, method, path string, header map[string]string, body []byte) (int, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, base+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	// Processes answer to their public name alone, as they do behind the balancer.
	req.Host = strings.TrimPrefix(b.r.URL, "http://")
	for name, value := range header {
		req.Header.Set(name, value)
	}
	res, err := b.http.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	return res.StatusCode, text, err
}

// errAnswer is an answer that is not the one that the race needs to begin.
var errAnswer = errors.New("an unexpected answer")

// user makes a permanent user and gives their token.
func (b *backend) user(ctx context.Context) (string, error) {
	body, err := json.Marshal(map[string]string{"client_id": strconv.FormatInt(b.r.Client.ID, 10), "client_secret": b.r.Client.Secret})
	if err != nil {
		return "", err
	}
	status, text, err := b.call(ctx, b.r.URL, http.MethodPost, "/2.0/auth/init", map[string]string{"Content-Type": "application/json"}, body)
	if err != nil {
		return "", err
	}
	var out struct {
		Token string `json:"auth_token"`
	}
	if status != http.StatusOK || json.Unmarshal(text, &out) != nil {
		return "", fmt.Errorf("%w to /auth/init: %d %s", errAnswer, status, text)
	}
	return out.Token, nil
}

// code makes a code for a user, without a walk through the pages.
func (b *backend) code(ctx context.Context, token string) (string, error) {
	status, text, err := b.call(ctx, b.r.URL, http.MethodGet, "/2.0/auth/token/code?type=singleAccess", map[string]string{"Authorization": "Bearer " + token}, nil)
	if err != nil {
		return "", err
	}
	var out struct {
		Code string `json:"code"`
	}
	if status != http.StatusOK || json.Unmarshal(text, &out) != nil {
		return "", fmt.Errorf("%w to /auth/token/code: %d %s", errAnswer, status, text)
	}
	return out.Code, nil
}

// race exchanges a code from all sides at one time and counts who got a token. Everybody else must be told invalid_grant; what
// others were told is given too. One that was told to come again has not lost: it does.
func (b *backend) race(ctx context.Context, code string, sides int) (won int, strange []string) {
	form := []byte(url.Values{
		"client_id": {strconv.FormatInt(b.r.Client.ID, 10)}, "client_secret": {b.r.Client.Secret}, "code": {code}, "grant_type": {"authorization_code"},
	}.Encode())
	var mu sync.Mutex
	var all sync.WaitGroup
	start := make(chan struct{})
	for i := range sides {
		all.Go(func() {
			base := b.r.Web[i%len(b.r.Web)].URL
			<-start
			status, text, err := http.StatusServiceUnavailable, []byte(nil), error(nil)
			for try := 0; status == http.StatusServiceUnavailable && err == nil && try < 50; try++ {
				if try > 0 {
					_ = pause(ctx, time.Duration(try)*20*time.Millisecond)
				}
				status, text, err = b.call(ctx, base, http.MethodPost, "/2.0/auth/token/access",
					map[string]string{"Content-Type": "application/x-www-form-urlencoded", "X-Forwarded-For": fmt.Sprintf("10.9.%d.%d", i/250, i%250+1)}, form)
			}
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil && status == http.StatusOK:
				won++
			case err != nil || status != http.StatusBadRequest || !bytes.Contains(text, []byte("invalid_grant")):
				strange = append(strange, fmt.Sprintf("%d %.200s %v", status, text, err))
			}
		})
	}
	close(start)
	all.Wait()
	return won, strange
}
