package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"passerelle/internal/bank"
)

// owner is a user of the client application, and its backend's calls for them.
type owner struct {
	w    *world
	http *http.Client
	// lose makes the answer to the next call get lost.
	lose  bool
	token string
	user  int64
	// connection is the one connection's number as it was acknowledged, 0 before; accounts are those of its accounts.
	connection int64
	accounts   []int64
}

// reply is what a call was answered with.
type reply struct {
	status int
	header http.Header
	body   map[string]any
}

func (a reply) String() string { return fmt.Sprintf("%d %v", a.status, a.body) }

// later says whether a call was refused because it came too soon.
func (a reply) later() bool {
	return a.body["code"] == "tooManySync" || a.body["code"] == "connectionLocked"
}

func (w *world) newOwner() *owner {
	transport := &http.Transport{MaxIdleConnsPerHost: 1}
	w.t.Cleanup(transport.CloseIdleConnections)
	return &owner{w: w, http: &http.Client{Transport: transport, Timeout: patience}}
}

// ask makes one call with a JSON body, none when it is empty.
func (o *owner) ask(ctx context.Context, method, path, body string) (reply, error) {
	req, err := http.NewRequestWithContext(ctx, method, o.w.address+"/2.0"+path, strings.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	if o.token != "" {
		req.Header.Set("Authorization", "Bearer "+o.token)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := o.http.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return reply{}, err
	}
	if o.lose {
		o.lose = false
		return reply{}, errLost
	}
	describedAnswer(o.w.t, res, text)
	a := reply{status: res.StatusCode, header: res.Header}
	if len(text) > 0 {
		err = json.Unmarshal(text, &a.body)
	}
	if res.StatusCode >= http.StatusInternalServerError && !a.later() {
		err = fmt.Errorf("%w: %s %s: %s", errWalk, method, path, a)
	}
	return a, err
}

// retried is ask, until there is an answer.
func (o *owner) retried(ctx context.Context, method, path, body string) (reply, error) {
	for {
		a, err := o.ask(ctx, method, path, body)
		if err == nil && a.later() {
			wait, _ := strconv.Atoi(a.header.Get("Retry-After"))
			err = after(ctx, time.Duration(max(wait, 1))*time.Second)
		} else if err == nil || errors.Is(err, errWalk) {
			return a, err
		}
		if ctx.Err() != nil {
			return a, fmt.Errorf("%s %s: %w", method, path, ctx.Err())
		}
		if err != nil {
			_ = pause(ctx)
		}
	}
}

// after waits as long as an answer asked for.
func after(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// must is retried, with the one status that the answer must have.
func (o *owner) must(ctx context.Context, method, path, body string, status int) (map[string]any, error) {
	a, err := o.retried(ctx, method, path, body)
	if err == nil && a.status != status {
		err = fmt.Errorf("%w: %s %s %s: %s, want %d", errWalk, method, path, body, a, status)
	}
	return a.body, err
}

// init makes the user.
func (o *owner) init(ctx context.Context) error {
	body, err := o.must(ctx, post, "/auth/init", fmt.Sprintf(`{"client_id":%q,"client_secret":%q}`, o.w.clientID, o.w.clientSecret), 200)
	if err == nil {
		o.token, o.user = fmt.Sprint(body["auth_token"]), number(body["id_user"])
	}
	return err
}

// code makes a code that opens the webview for the user.
func (o *owner) code(ctx context.Context) (string, error) {
	body, err := o.must(ctx, http.MethodGet, "/auth/token/code", "", 200)
	return url.QueryEscape(fmt.Sprint(body["code"])), err
}

// webauthURL asks for the address that leads a browser to the bank: for the connection, or for a new one.
func (o *owner) webauthURL(ctx context.Context) (string, error) {
	q := url.Values{"client_id": {o.w.clientID}, "redirect_uri": {callbackURI}, "state": {"st-1"}, "source": {bank.SourceOpenAPI}}
	if o.connection != 0 {
		q.Set("id_connection", strconv.FormatInt(o.connection, 10))
	} else {
		q.Set("connector_uuid", testBankUUID)
	}
	body, err := o.must(ctx, http.MethodGet, "/webauth-url?"+q.Encode(), "", 200)
	return fmt.Sprint(body["url"]), err
}

func (o *owner) at() string { return "/users/me/connections/" + strconv.FormatInt(o.connection, 10) }

// listed gives the user's connections as they stand.
func (o *owner) listed(ctx context.Context) ([]map[string]any, error) {
	a, err := o.ask(ctx, http.MethodGet, "/users/me/connections", "")
	return objects(a.body["connections"]), err
}

func objects(list any) []map[string]any {
	var out []map[string]any
	all, _ := list.([]any)
	for _, o := range all {
		if m, ok := o.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}

func number(v any) int64 {
	f, _ := v.(float64)
	return int64(f)
}

// known gives the accounts of the connection: number, and whether it is shared.
func (o *owner) known(ctx context.Context) (map[int64]bool, error) {
	body, err := o.must(ctx, http.MethodGet, o.at()+"/accounts?all", "", 200)
	out := make(map[int64]bool)
	for _, acc := range objects(body["accounts"]) {
		out[number(acc["id"])] = acc["disabled"] == nil
	}
	return out, err
}

func numbers(of map[int64]bool) []int64 { return slices.Sorted(maps.Keys(of)) }

// agree shares all accounts, as the consent is given by API.
func (o *owner) agree(ctx context.Context) (reply, error) {
	ids := make([]string, len(o.accounts))
	for i, id := range o.accounts {
		ids[i] = strconv.FormatInt(id, 10)
	}
	return o.ask(ctx, put, o.at()+"/accounts/"+strings.Join(ids, ",")+"?all", `{"disabled":false}`)
}

// movements counts the transactions on the first page; none when no account is shared.
func (o *owner) movements(ctx context.Context) (int, error) {
	a, err := o.retried(ctx, http.MethodGet, "/users/me/transactions?limit=1", "")
	if err == nil && a.status != http.StatusOK && a.body["code"] != "noAccount" {
		err = fmt.Errorf("%w: transactions: %s", errWalk, a)
	}
	return len(objects(a.body["transactions"])), err
}

// awaitMovements waits until the shared accounts have been read; the jobs of killed processes must have been taken up.
func (o *owner) awaitMovements(ctx context.Context) error {
	for {
		n, err := o.movements(ctx)
		if err != nil || n > 0 {
			return err
		}
		if err := pause(ctx); err != nil {
			return fmt.Errorf("the movements of connection %d never came: %w", o.connection, err)
		}
	}
}
