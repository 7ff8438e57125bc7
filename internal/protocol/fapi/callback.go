package fapi

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"passerelle/internal/bank"
	"passerelle/internal/protocol/wire"
)

// Answered reads what the browser brought back and gives the code. It checks the state, the issuer (RFC 9207), JARM's signature where
// the request asked for it, and the id_token of the hybrid flow. A refusal of the end user is CodeCancelled.
func (p Party) Answered(ctx context.Context, q url.Values, kept Pending) (bank.Secret, error) {
	if q.Get("response") != "" || strings.HasSuffix(kept.Mode, "jwt") {
		var err error
		if q, err = p.unwrap(ctx, q.Get("response")); err != nil {
			return bank.Secret{}, err
		}
	}
	if subtle.ConstantTimeCompare(digest(q.Get("state")), kept.State) != 1 {
		return bank.Secret{}, wire.Protocol(errors.New("the callback carries a state that was not sent"))
	}
	hybrid := strings.Contains(kept.Type, "id_token")
	// In the hybrid flow the id_token names the issuer. Where the operator named endpoints and no issuer there is nothing to compare with.
	if iss := q.Get("iss"); iss != "" && kept.Issuer != "" && iss != kept.Issuer || iss == "" && p.Server.NamesIssuer && !hybrid {
		return bank.Secret{}, wire.Protocol(errors.New("the callback does not carry the issuer that the request was sent to"))
	}
	if q.Get("error") != "" {
		return bank.Secret{}, callbackError(q)
	}
	code := q.Get("code")
	if code == "" {
		return bank.Secret{}, wire.Protocol(errors.New("the callback carries neither code nor error"))
	}
	if hybrid {
		if err := p.hybrid(ctx, q, kept); err != nil {
			return bank.Secret{}, err
		}
	}
	return bank.NewSecret(code), nil
}

// unwrap reads an answer that the server signed (JARM section 2.3).
func (p Party) unwrap(ctx context.Context, response string) (url.Values, error) {
	if response == "" {
		return nil, wire.Protocol(errors.New("the callback carries no signed answer, which was asked for"))
	}
	claims, err := p.verified(ctx, response)
	if err != nil {
		return nil, err
	}
	q := url.Values{}
	for _, name := range []string{"code", "state", "error", "error_description", "id_token"} {
		if v := text(claims, name); v != "" {
			q.Set(name, v)
		}
	}
	// The issuer is checked already, as the signer's.
	q.Set("iss", text(claims, "iss"))
	return q, nil
}

// hybrid holds the id_token of the front channel against the code and the state beside it (OpenID Connect Core section 3.3.2.11, FAPI 1
// Advanced section 5.1.1).
func (p Party) hybrid(ctx context.Context, q url.Values, kept Pending) error {
	raw := q.Get("id_token")
	if raw == "" {
		return wire.Protocol(errors.New("the callback carries no id_token, which was asked for"))
	}
	id, err := p.idToken(ctx, raw, kept)
	if err != nil {
		return err
	}
	for _, half := range []struct{ claim, of string }{{"c_hash", q.Get("code")}, {"s_hash", q.Get("state")}} {
		if subtle.ConstantTimeCompare([]byte(text(id.Claims, half.claim)), []byte(leftHalf(half.of))) != 1 {
			return wire.Protocol(fmt.Errorf("the id_token's %s is not that of the callback", half.claim))
		}
	}
	return nil
}

// encodeClaims writes the claims parameter.
func encodeClaims(v any) (string, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return "", bug(fmt.Errorf("encode a request's claims: %w", err))
	}
	return string(raw), nil
}
