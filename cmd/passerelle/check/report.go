package check

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"

	"passerelle/internal/connector/conformance"
)

// Finding is one part of the suite, played.
type Finding struct {
	// Name is the part's, with those of the parts that it belongs to before it.
	Name string `json:"name"`
	OK   bool   `json:"ok"`
	// Said is what is wrong, and Remedies what to do about it, where that is known.
	Said     []string `json:"said,omitempty"`
	Remedies []string `json:"remedies,omitempty"`
}

// report is a conformance.T that tells of each part when it has ended.
type report struct {
	ctx   context.Context //nolint:containedctx // as *testing.T has it
	name  string
	found func(Finding)

	mu     sync.Mutex
	said   []string
	failed bool
	parts  int
}

var _ conformance.T = (*report)(nil)

// Helper implements conformance.T.
func (*report) Helper() {}

// Context implements conformance.T.
func (r *report) Context() context.Context { return r.ctx }

// Logf implements conformance.T. What is said of parts that went well is of no interest.
func (*report) Logf(string, ...any) {}

// Error implements conformance.T.
func (r *report) Error(args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failed = true
	const most = 20
	if text := strings.TrimSpace(fmt.Sprintln(args...)); len(r.said) < most {
		r.said = append(r.said, text)
	}
}

// Errorf implements conformance.T.
func (r *report) Errorf(format string, args ...any) { r.Error(fmt.Sprintf(format, args...)) }

// Fatal implements conformance.T.
func (r *report) Fatal(args ...any) {
	r.Error(args...)
	runtime.Goexit()
}

// Fatalf implements conformance.T.
func (r *report) Fatalf(format string, args ...any) { r.Fatal(fmt.Sprintf(format, args...)) }

// Run implements conformance.T. A panic is one part's failure, and the others go on.
func (r *report) Run(name string, f func(conformance.T)) bool {
	part := &report{ctx: r.ctx, name: strings.TrimPrefix(r.name+"/"+name, "/"), found: r.found}
	if r.ctx.Err() != nil {
		return false
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if v := recover(); v != nil {
				part.Errorf("panic: %v", v)
			}
		}()
		f(part)
	}()
	<-done
	r.mu.Lock()
	defer r.mu.Unlock()
	r.parts++
	r.failed = r.failed || part.failed
	// Whoever has parts is told of by them.
	if part.parts == 0 || len(part.said) > 0 {
		r.found(Finding{Name: part.name, OK: len(part.said) == 0, Said: part.said, Remedies: remedies(part.said)})
	}
	return !part.failed
}

// remedy is what to do about a finding that holds some words.
type remedy struct{ words, do string }

var known = []remedy{ //nolint:gochecknoglobals // a table
	{"first line is not the handshake", `read the first line, and write {"protocol":1,"id":NAME,"nonce":…} with the nonce of that line, and a line feed`},
	{"another id than the name", "give the name in the handshake that --name, or the file's name without its ending, says"},
	{"no message (what is meant", "write to standard output nothing but messages: what you print to look at goes to standard error"},
	{"unknown field", "look the member up in `passerelle connector schema`: one that is misspelt would be lost without a word"},
	{"ended with the exit code", "run it by hand with the same lines; what it writes to standard error is shown with --verbose"},
	{"could not be started", "its first line must name an interpreter that is there (#!/usr/bin/env python3), and it must be executable"},
	{"goes on after its answer", "write one answer to a request, and end when the input ends"},
	{"holds a secret", "take values, codes and tokens out of user_text and field"},
	{"in the background", "in the mode background answer the error needs_user where you would ask"},
	{"does not say which it is", `give every error a data.code, such as {"code":-32000,"message":"…","data":{"code":"bank_unavailable"}}`},
	{"had not answered", "give every call to the bank a time limit of its own, below that of the host, and answer bank_unavailable"},
	{"another owner", "give as owner what stays the same: the login, or the bank's customer number"},
	{"keys", "make an account's key of what the bank never changes, such as a hash of its IBAN"},
	{"connected", "go on only with the event that answers the step: answers to ask, callback to redirect, tick to wait"},
	{"another state than the host's", "put callback.state into the address as its state, as it is"},
	{"of an account that nobody asked for", "send transactions of the accounts in params.transactions alone: the end user has not shared the others"},
	{"before the day asked for", "leave out transactions older than params.since"},
	{"no transactions in sixty days", "let the script that ends well connect a login that has some"},
	{"taken from the session, or named", "on a reconnect take values that are missing from previous, or answer bad_credentials with the field that is missing"},
	{"still be read", "after revoke, pull must end with consent_revoked"},
}

func remedies(said []string) (out []string) {
	for _, r := range known {
		for _, s := range said {
			if strings.Contains(s, r.words) {
				out = append(out, r.do)
				break
			}
		}
	}
	return out
}
