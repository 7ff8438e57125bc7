package grant

import (
	"bytes"
	"crypto/rand"
	"testing"

	"passerelle/internal/bank"
)

func TestReplaySealedUnderTheCode(t *testing.T) {
	t.Parallel()
	code, token := bank.NewSecret("the code"), bank.NewSecret("the token")
	sealed, err := sealReplay(rand.Reader, code, "id", token)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, []byte("the token")) {
		t.Error("the sealed answer holds the token in plain")
	}
	if got, err := openReplay(code, "id", sealed); err != nil || !got.Equal(token) {
		t.Errorf("openReplay = %v, %v, want the token", got, err)
	}
	for name, open := range map[string]func() (bank.Secret, error){
		"other code": func() (bank.Secret, error) { return openReplay(bank.NewSecret("another"), "id", sealed) },
		"other id":   func() (bank.Secret, error) { return openReplay(code, "other", sealed) },
		"cut short":  func() (bank.Secret, error) { return openReplay(code, "id", sealed[:5]) },
		"changed": func() (bank.Secret, error) {
			return openReplay(code, "id", append(bytes.Clone(sealed[:len(sealed)-1]), sealed[len(sealed)-1]^1))
		},
	} {
		if _, err := open(); err == nil {
			t.Errorf("%s: the answer opened", name)
		}
	}
}

// TestReplayKeyTellsRequestsApart changes one thing at a time, and moves a character from one part to the next.
func TestReplayKeyTellsRequestsApart(t *testing.T) {
	t.Parallel()
	cred := credential{id: "id", hash: []byte("hash")}
	base := ExchangeRequest{ClientID: 1, RedirectURI: "https://a/b", Verifier: bank.NewSecret("v"), IdempotencyKey: "key"}
	variants := map[string]ExchangeRequest{"base": base}
	for name, change := range map[string]func(*ExchangeRequest){
		"key":      func(r *ExchangeRequest) { r.IdempotencyKey = "key2" },
		"client":   func(r *ExchangeRequest) { r.ClientID = 2 },
		"redirect": func(r *ExchangeRequest) { r.RedirectURI = "https://a/c" },
		"verifier": func(r *ExchangeRequest) { r.Verifier = bank.NewSecret("w") },
		"shifted":  func(r *ExchangeRequest) { r.RedirectURI += "v"; r.Verifier = bank.NewSecret("") },
	} {
		r := base
		change(&r)
		variants[name] = r
	}
	seen := map[string]string{}
	for name, r := range variants {
		key := string(replayKey(r, cred))
		if other, ok := seen[key]; ok {
			t.Errorf("%s and %s have the same replay key", name, other)
		}
		seen[key] = name
	}
	if !bytes.Equal(replayKey(base, cred), replayKey(base, cred)) {
		t.Error("the same request has two replay keys")
	}
}
