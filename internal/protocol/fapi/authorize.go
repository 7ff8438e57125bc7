package fapi

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/protocol/wire"
)

// Pushing says when a request is pushed (RFC 9126).
type Pushing string

// The ways. PushWhenOffered is what the empty one means: wherever the server has the endpoint.
const (
	PushWhenOffered Pushing = "when_offered"
	PushAlways      Pushing = "always"
	PushNever       Pushing = "never"
)

// Known says whether the way is one of the list above, or empty.
func (p Pushing) Known() bool {
	return p == "" || p == PushWhenOffered || p == PushAlways || p == PushNever
}

// Request is an authorization request.
type Request struct {
	// Redirect and State are the host's callback.
	Redirect string
	State    bank.Secret
	// Scope holds openid where an id_token is wanted.
	Scope string
	// Claims is the parameter of that name (OpenID Connect Core section 5.5), such as the intent that is to be approved.
	Claims map[string]any
	// Extra are further parameters, such as login_hint or prompt.
	Extra map[string]string
	// ResponseType is code (when empty) or "code id_token"; ResponseMode is empty or one of JARM's, such as jwt.
	ResponseType, ResponseMode string
	// Signed makes a request object of it (RFC 9101), as FAPI 1 Advanced wants; it takes the client's key.
	Signed bool
	Push   Pushing
	// NoPKCE leaves PKCE out, for servers that refuse what they do not know.
	NoPKCE bool
}

// Pending is what the way back needs of the way out. It holds a secret: it belongs into the sealed state.
type Pending struct {
	Redirect string `json:"redirect"`
	// State is the SHA-256 of the state parameter, to recognise our own.
	State    []byte `json:"state"`
	Verifier string `json:"verifier,omitempty"`
	// Nonce is set where an id_token must come.
	Nonce string `json:"nonce,omitempty"`
	// Issuer is whom the request went to; Type and Mode are how the answer must look.
	Issuer string `json:"issuer,omitempty"`
	Type   string `json:"type,omitempty"`
	Mode   string `json:"mode,omitempty"`
	// Claims are the values that the id_token must hold, by name.
	Claims map[string]string `json:"claims,omitempty"`
}

// String keeps the verifier out of logs.
func (Pending) String() string { return "***" }

// GoString keeps the verifier out of %#v.
func (Pending) GoString() string { return "***" }

// requestLife is how long a signed request is good; FAPI 1 Advanced section 5.2.2 allows an hour.
const requestLife = 30 * time.Minute

// Authorize gives the address that the browser is sent to, and what to keep until it is back.
func (p Party) Authorize(ctx context.Context, r Request) (*url.URL, Pending, error) {
	if p.Server.Authorization == nil {
		return nil, Pending{}, wire.Protocol(errors.New("the authorization server names no authorization_endpoint"))
	}
	params, kept := p.parameters(r)
	shown := url.Values{"client_id": {p.Client.ID}}
	if r.Signed {
		object, err := p.requestObject(params)
		if err != nil {
			return nil, Pending{}, err
		}
		shown.Set("request", object)
		// OpenID Connect Core section 6.1 wants these beside the object too.
		shown.Set("response_type", kept.Type)
		shown.Set("scope", r.Scope)
	} else {
		for name, value := range params {
			text, ok := value.(string)
			if !ok {
				raw, err := encodeClaims(value)
				if err != nil {
					return nil, Pending{}, err
				}
				text = raw
			}
			shown.Set(name, text)
		}
	}
	shown, err := p.push(ctx, r.Push, shown)
	if err != nil {
		return nil, Pending{}, err
	}
	to := *p.Server.Authorization
	q := to.Query()
	maps.Copy(q, shown)
	// Spaces as %20: not each bank reads the plus of a form in an address.
	to.RawQuery = strings.ReplaceAll(q.Encode(), "+", "%20")
	return &to, kept, nil
}

// parameters are those of the request, and what to keep of them.
func (p Party) parameters(r Request) (map[string]any, Pending) {
	kept := Pending{Redirect: r.Redirect, Issuer: p.Server.Issuer, Type: r.ResponseType, Mode: r.ResponseMode, State: digest(r.State.Reveal())}
	if kept.Type == "" {
		kept.Type = "code"
	}
	params := map[string]any{
		"client_id": p.Client.ID, "redirect_uri": r.Redirect, "response_type": kept.Type, "state": r.State.Reveal(),
	}
	if r.Scope != "" {
		params["scope"] = r.Scope
	}
	if slices.Contains(strings.Fields(r.Scope), "openid") {
		kept.Nonce = rand.Text()
		params["nonce"] = kept.Nonce
	}
	if r.ResponseMode != "" {
		params["response_mode"] = r.ResponseMode
	}
	if !r.NoPKCE {
		kept.Verifier = rand.Text() + rand.Text()
		sum := sha256.Sum256([]byte(kept.Verifier))
		params["code_challenge"], params["code_challenge_method"] = base64.RawURLEncoding.EncodeToString(sum[:]), "S256"
	}
	if r.Claims != nil {
		params["claims"] = r.Claims
		kept.Claims = demanded(r.Claims)
	}
	for name, value := range r.Extra {
		params[name] = value
	}
	return params, kept
}

// demanded are the claims whose one value the request fixes and calls essential: the id_token must hold them.
func demanded(claims map[string]any) map[string]string {
	token, _ := claims["id_token"].(map[string]any)
	out := map[string]string{}
	for name, v := range token {
		claim, _ := v.(map[string]any)
		value, ok := claim["value"].(string)
		if essential, _ := claim["essential"].(bool); ok && essential {
			out[name] = value
		}
	}
	return out
}

// requestObject signs the parameters (RFC 9101 section 4, FAPI 1 Advanced section 5.2.3).
func (p Party) requestObject(params map[string]any) (string, error) {
	claims := maps.Clone(params)
	// A bank's clock may be behind ours.
	const skew = 30 * time.Second
	maps.Copy(claims, map[string]any{
		"iss": p.Client.ID, "aud": p.Server.Issuer, "jti": rand.Text(),
		"iat": p.Now.Unix(), "nbf": p.Now.Add(-skew).Unix(), "exp": p.Now.Add(requestLife).Unix(),
	})
	return p.Client.Key.sign(claims)
}

// push leaves the request with the server and gives what stands for it (RFC 9126 section 2).
func (p Party) push(ctx context.Context, how Pushing, shown url.Values) (url.Values, error) {
	switch {
	case p.Server.RequirePAR && p.Server.PAR == nil, how == PushAlways && p.Server.PAR == nil:
		return nil, misconfigured(errors.New("requests are to be pushed, and the authorization server has no endpoint for that"))
	case p.Server.PAR == nil, how == PushNever && !p.Server.RequirePAR:
		return shown, nil
	}
	answer, err := p.post(ctx, p.Server.PAR, shown)
	if err != nil {
		return nil, err
	}
	if !answer.OK() {
		e := refusal(answer, "the endpoint for pushed requests", connector.CodeProtocol)
		if answer.Status == http.StatusBadRequest {
			// What we ask for is what the operator configured.
			connector.AsError(e).Code = connector.CodeMisconfigured
		}
		return nil, e
	}
	var said struct {
		URI string `json:"request_uri"`
	}
	if err := answer.JSON(&said); err != nil {
		return nil, err
	}
	if said.URI == "" || len(said.URI) > 1000 {
		return nil, wire.Protocol(fmt.Errorf("the endpoint for pushed requests gave no request_uri that can be used"))
	}
	return url.Values{"client_id": {p.Client.ID}, "request_uri": {said.URI}}, nil
}

func digest(s string) []byte {
	sum := sha256.Sum256([]byte(s))
	return sum[:]
}
