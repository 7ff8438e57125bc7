package seal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"passerelle/internal/bank"
)

// vault is a key of Vault's transit engine, or of OpenBao's (https://developer.hashicorp.com/vault/api-docs/secret/transit). The
// two calls that it takes are written here: Tink's own integration brings Vault's whole client with it.
type vault struct {
	shown, origin, mount, key string

	client *http.Client
	token  func() (bank.Secret, error)
}

// mostAnswer caps what the service says, in bytes.
const mostAnswer = 2 * maxFile

// String implements Wrapper.
func (v *vault) String() string { return v.shown }

// vaultCall is what both calls say and answer. Byte slices travel in base64, as Vault wants them.
type vaultCall struct {
	Plaintext      []byte `json:"plaintext,omitempty"`
	Ciphertext     string `json:"ciphertext,omitempty"`
	AssociatedData []byte `json:"associated_data,omitempty"`
}

// Wrap implements Wrapper.
func (v *vault) Wrap(ctx context.Context, plaintext, associatedData []byte) ([]byte, error) {
	out, err := v.call(ctx, "encrypt", vaultCall{Plaintext: plaintext, AssociatedData: associatedData})
	if err == nil && out.Ciphertext == "" {
		err = errors.New("the answer holds no ciphertext")
	}
	return []byte(out.Ciphertext), err
}

// Unwrap implements Wrapper.
func (v *vault) Unwrap(ctx context.Context, ciphertext, associatedData []byte) ([]byte, error) {
	out, err := v.call(ctx, "decrypt", vaultCall{Ciphertext: string(ciphertext), AssociatedData: associatedData})
	if err == nil && len(out.Plaintext) == 0 {
		err = errors.New("the answer holds no plaintext")
	}
	return out.Plaintext, err
}

// call asks the service. What it answers to a refusal is not quoted: only its status is.
func (v *vault) call(ctx context.Context, verb string, in vaultCall) (vaultCall, error) {
	body, err := json.Marshal(in)
	if err != nil {
		return vaultCall{}, fmt.Errorf("write the question: %w", err)
	}
	at, err := url.JoinPath(v.origin, "v1", v.mount, verb, v.key)
	if err != nil {
		return vaultCall{}, fmt.Errorf("the address: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, at, bytes.NewReader(body))
	if err != nil {
		return vaultCall{}, fmt.Errorf("the question: %w", err)
	}
	token, err := v.token()
	if err != nil {
		return vaultCall{}, err
	}
	req.Header.Set("X-Vault-Token", token.Reveal())
	req.Header.Set("Content-Type", "application/json")
	res, err := v.client.Do(req)
	if err != nil {
		return vaultCall{}, err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return vaultCall{}, fmt.Errorf("it answered %s", res.Status)
	}
	var out struct {
		Data vaultCall `json:"data"`
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, mostAnswer)).Decode(&out); err != nil {
		return vaultCall{}, errors.New("its answer is no JSON object of the shape that Vault gives")
	}
	return out.Data, nil
}
