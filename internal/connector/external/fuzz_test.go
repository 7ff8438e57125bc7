//go:build linux || darwin

package external

import (
	"encoding/json"
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

// FuzzOutput reads what a program may write after the handshake: whatever it is, no panic, and nothing that breaks the contract comes
// out of it.
func FuzzOutput(f *testing.F) {
	for _, line := range []string{
		toyDone, toyDescription, toyAccount("12345678"), toyTransaction("12345678", "-3.00"), `{}`, `null`,
		`{"state":"eA==","ask":{"fields":[{"name":"c","label":{"en":"C"},"type":"otp"}],"message":"m"}}`,
		`{"state":"eA==","redirect":{"url":"https://bank.example/?state=x"}}`, `{"state":"eA==","wait":{"poll_after":5}}`,
		`{"state":"eA==","pick":{"accounts":[` + toyAccount("12345678") + `]}}`,
	} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		c := &call{config: &Config{Name: "toy", Limits: Limits{}.filled()}, veil: &veil{}}
		var s step
		if strictly(raw, &s) == nil {
			out, err := c.step(s, "uuid", time.Second)
			if n := count(out.Ask != nil, out.Redirect != nil, out.Wait != nil, out.Pick != nil, out.Done != nil); err == nil && n != 1 {
				t.Errorf("a step with %d forms", n)
			}
		}
		var d described
		if strictly(raw, &d) == nil {
			if out, err := d.checked("external-toy"); err == nil && out.manifest.Limits.MinPollEvery <= 0 {
				t.Errorf("limits %+v", out.manifest.Limits)
			}
		}
		r := &reading{
			call: c, in: connector.PullInput{Transactions: []string{"12345678"}}, keys: map[string]*connector.TransactionKeys{"12345678": connector.NewTransactionKeys()},
			account:     func(bank.Account) error { return nil },
			transaction: func(_ string, x bank.Transaction) error { return checkMovement(x) },
		}
		for _, method := range []string{noticeAccount, noticeTransaction} {
			if err := r.notice(method, json.RawMessage(raw)); err != nil && connector.AsError(err).Code != connector.CodeProtocol {
				t.Errorf("%s: %v", method, err)
			}
		}
		_ = opaques(raw)
		_ = leaves(raw)
	})
}

// checkMovement is an error, and so CodeBug, for a movement that the contract does not allow.
func checkMovement(x bank.Transaction) error {
	if x.Key == "" || x.OriginalWording == "" || len(x.Value.Currency) != 3 || x.Type == "" || x.Date.Hour() != 0 {
		return &connector.Error{Code: connector.CodeBug}
	}
	return nil
}
