package stet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/google/uuid"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/protocol/fapi"
	"passerelle/internal/protocol/tpp"
	"passerelle/internal/protocol/wire"
)

// theBank is one bank, for one call: who it is, who we are to it, and for whom.
type theBank struct {
	*Profile

	http     *http.Client
	base     *url.URL
	identity tpp.Identity
	client   fapi.Client
	psu      connector.PSU
	now      time.Time
	bearer   bank.Secret
}

// open puts together what is known of a bank.
func (c *Connector) open(ctx context.Context, inst connector.Institution, psu connector.PSU) (*theBank, error) {
	p, err := profileOf(inst)
	if err != nil {
		return nil, err
	}
	set, err := c.host.Settings(ctx, Kind, inst.UUID)
	if err != nil {
		return nil, &connector.Error{Code: connector.AsError(err).Code, Cause: fmt.Errorf("the settings of STET: %w", err)}
	}
	b := &theBank{Profile: p, psu: psu, now: c.host.Now()}
	if b.identity, err = tpp.FromSettings(set, b.now); err != nil {
		return nil, err
	}
	if p.Sign && b.identity.Seal == nil {
		return nil, misconfigured(fmt.Errorf("the bank wants signatures: set %s and %s", tpp.SettingSigningCertificate, tpp.SettingSigningKey))
	}
	if at := set.Get(settingCertificateURL); at != "" {
		b.Signature.KeyID = "url:" + at
		if err := b.Signature.Check(); err != nil {
			return nil, misconfigured(fmt.Errorf("the setting %s is no https address", settingCertificateURL))
		}
	}
	b.client = fapi.Client{ID: set.Get(settingClient), Method: p.ClientAuth, Secret: set[settingSecret]}
	if b.client.ID == "" {
		// The standard names providers by the number in their certificate.
		b.client.ID = b.identity.Transport.OrganizationIdentifier()
	}
	if b.http, err = c.host.Client(b.identity.TLS); err != nil {
		return nil, bug(fmt.Errorf("a client for the bank: %w", err))
	}
	if b.base, err = url.Parse(strings.TrimSuffix(p.BaseURL, "/")); err != nil {
		return nil, misconfigured(errors.New("base_url is no address"))
	}
	return b, nil
}

// party is us at the bank's authorization server.
func (b *theBank) party(ctx context.Context) (fapi.Party, error) {
	p := fapi.Party{HTTP: b.http, Client: b.client, Now: b.now}
	if b.Authorization == "" || b.Token == "" {
		server, err := fapi.Discover(ctx, b.http, fapi.Place{Issuer: b.Issuer, Metadata: b.Metadata, Hosts: b.Hosts, Mutual: true})
		if err != nil {
			return p, err
		}
		p.Server = server
		return p, nil
	}
	p.Server = &fapi.Server{Issuer: b.Issuer}
	for _, e := range []struct {
		into    **url.URL
		address string
	}{{&p.Server.Authorization, b.Authorization}, {&p.Server.Token, b.Token}, {&p.Server.Revocation, b.Revocation}} {
		if e.address == "" {
			continue
		}
		u, err := url.Parse(e.address)
		if err != nil {
			return p, misconfigured(errors.New("an endpoint of the authorization server is no address"))
		}
		*e.into = u
	}
	return p, nil
}

// call asks the API. The answer may be a refusal; only what did not come at all is an error.
func (b *theBank) call(ctx context.Context, method string, at *url.URL, body any) (*wire.Answer, error) {
	r := wire.Request{Method: method, URL: at, Header: http.Header{}}
	h := r.Header
	h.Set("Accept", "application/hal+json, application/json")
	h.Set("Authorization", "Bearer "+b.bearer.Reveal())
	h.Set("X-Request-ID", uuid.NewString())
	h.Set("Date", b.now.UTC().Format(http.TimeFormat))
	if b.psu.Present && b.psu.IP != "" {
		// This is what tells the bank that its customer is there.
		for name, v := range map[string]string{"PSU-IP-Address": b.psu.IP, "PSU-User-Agent": b.psu.UserAgent, "PSU-Accept-Language": b.psu.Lang} {
			if v != "" {
				h.Set(name, v)
			}
		}
	}
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return nil, bug(fmt.Errorf("encode a request: %w", err))
		}
		r.Body = raw
		h.Set("Content-Type", "application/json")
	}
	if b.Sign {
		if err := b.identity.Seal.Sign(b.Signature, method, at, h, r.Body); err != nil {
			return nil, misconfigured(fmt.Errorf("sign a request: %w", err))
		}
	}
	return wire.Do(ctx, b.http, r)
}

// get reads a resource. None is true for 204, which is nothing, and no error.
func (b *theBank) get(ctx context.Context, at *url.URL, into any) (answer *wire.Answer, none bool, err error) {
	answer, err = b.call(ctx, http.MethodGet, at, nil)
	switch {
	case err != nil:
		return nil, false, err
	case answer.Status == http.StatusNoContent:
		return answer, true, nil
	case !answer.OK():
		return answer, false, b.refusal(answer)
	}
	return answer, false, answer.JSON(into)
}

// status is the cause of a refusal.
type status int

// Error implements error.
func (s status) Error() string { return fmt.Sprintf("the bank answered %d", int(s)) }

// answered says whether an error is a refusal of one of these statuses.
func answered(err error, list ...int) bool {
	var s status
	if !errors.As(err, &s) {
		return false
	}
	for _, n := range list {
		if int(s) == n {
			return true
		}
	}
	return false
}

// refusal reads an answer that is not 2xx. Of the body only whether it speaks of a consent that ended counts.
func (b *theBank) refusal(a *wire.Answer) error {
	e := &connector.Error{Code: connector.CodeProtocol, RetryAfter: a.RetryAfter(b.now), Cause: status(a.Status)}
	switch a.Status {
	case http.StatusUnauthorized:
		e.Code = connector.CodeNeedsUser
	case http.StatusForbidden:
		e.Code = connector.CodeNeedsUser
		var said struct {
			Error   string `json:"error"`
			Message string `json:"message"`
		}
		_ = json.Unmarshal(a.Body, &said)
		if words := strings.ToLower(said.Error + " " + said.Message); strings.Contains(words, "consent") {
			e.Code = connector.CodeConsentRevoked
			if strings.Contains(words, "expired") {
				e.Code = connector.CodeConsentExpired
			}
		} else if strings.EqualFold(said.Error, "SERVICE_BLOCKED") {
			e.Code = connector.CodeActionNeeded
		}
	case http.StatusTooManyRequests:
		e.Code = connector.CodeRateLimited
	case http.StatusRequestTimeout, http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		e.Code = connector.CodeUnavailable
	}
	return e
}

// link is a HAL link.
type link struct {
	Href      string `json:"href"`
	Templated bool   `json:"templated"`
}

// UnmarshalJSON implements json.Unmarshaler: HAL has a link or a list of them, and some banks the address alone.
func (l *link) UnmarshalJSON(raw []byte) error {
	type plain link
	var one plain
	var many []plain
	switch {
	case json.Unmarshal(raw, &one) == nil:
	case json.Unmarshal(raw, &one.Href) == nil:
	case json.Unmarshal(raw, &many) == nil && len(many) > 0:
		one = many[0]
	}
	*l = link(one)
	return nil
}

// links are those of a resource, by name.
type links map[string]*link

var (
	queryExpression = regexp.MustCompile(`\{[?&#][^{}]*\}`)
	expression      = regexp.MustCompile(`\{[^{}]*\}`)
	versionSegment  = regexp.MustCompile(`^v[0-9]+(\.[0-9]+)*$`)
)

// follow gives the address that a link leads to, nil where there is none. Banks write links in three ways: whole, from the root of the
// host, and, as the standard's examples do, from where the API's version is. A template (RFC 6570) has the account's id in its path, and
// nothing in its query, which is ours to fill.
func (b *theBank) follow(from *wire.Answer, l *link, resource string) (*url.URL, error) {
	if l == nil || l.Href == "" {
		return nil, nil //nolint:nilnil // no link is an answer
	}
	href := l.Href
	if l.Templated || strings.Contains(href, "{") {
		href = queryExpression.ReplaceAllString(href, "")
		href = expression.ReplaceAllString(href, url.PathEscape(resource))
	}
	u, err := url.Parse(href)
	if err != nil {
		return nil, wire.Protocol(errors.New("the bank gives a link that is none"))
	}
	first, _, _ := strings.Cut(u.Path, "/")
	switch {
	case u.IsAbs() || u.Host != "" || strings.HasPrefix(u.Path, "/") || u.Path == "":
	case versionSegment.MatchString(first):
		// From where the version is: what stands before it in the base address stands before it here.
		href = strings.TrimSuffix(b.base.Path[:strings.LastIndex(b.base.Path, "/")+1], "/") + "/" + href
	case first == "accounts":
		href = b.base.Path + "/" + href
	}
	return from.Link(href, append([]string{b.base.Scheme + "://" + b.base.Host}, b.Hosts...)...)
}
