package berlingroup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"

	"passerelle/internal/connector"
	"passerelle/internal/protocol/tpp"
	"passerelle/internal/protocol/wire"
)

// talk is a conversation with one bank: who we are to it, how it is spoken to, and for whom.
type talk struct {
	cfg    config
	id     tpp.Identity
	own    connector.Settings
	client *http.Client
	inst   connector.Institution
	psu    connector.PSU
	now    time.Time
	clock  func() time.Time
	// login goes along as PSU-ID while an authorisation is made; bearer and consent while something is read.
	login, bearer, consent string
	// secrets are what the end user typed: whatever a bank says is searched for them before it is shown.
	secrets []string
}

// talk makes a conversation; what is wrong with settings and certificates is CodeMisconfigured.
func (c *Connector) talk(ctx context.Context, inst connector.Institution, psu connector.PSU, now time.Time) (*talk, error) {
	cfg, err := configOf(inst)
	if err != nil {
		return nil, err
	}
	own, err := c.host.Settings(ctx, Kind, inst.UUID)
	if err != nil {
		return nil, &connector.Error{Code: connector.CodeUnavailable, Cause: fmt.Errorf("read the operator's settings: %w", err)}
	}
	id, err := tpp.FromSettings(own, now)
	if err != nil {
		return nil, err
	}
	if cfg.Sign == "always" && id.Seal == nil {
		return nil, misconfigured(fmt.Errorf("the bank wants signed requests, and the setting %s is not set", tpp.SettingSigningCertificate))
	}
	client, err := c.host.Client(id.TLS)
	if err != nil {
		return nil, misconfigured(fmt.Errorf("make a client with the certificate: %w", err))
	}
	return &talk{cfg: cfg, id: id, own: own, client: client, inst: inst, psu: psu, now: now, clock: c.host.Now}, nil
}

// clientID is our name at the bank's authorization server.
func (t *talk) clientID() string {
	if id := t.own.Get(SettingClientID); id != "" {
		return id
	}
	return t.id.Transport.OrganizationIdentifier()
}

// call sends a request, its body as JSON unless that is nil, with more headers if there are any. An answer that is not 2xx is the error
// that it means.
func (t *talk) call(ctx context.Context, method string, at *url.URL, body any, more map[string]string) (*wire.Answer, error) {
	var raw []byte
	if body != nil {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			return nil, bug(fmt.Errorf("write a request to the bank: %w", err))
		}
	}
	h := t.headers(more)
	if raw != nil {
		h.Set("Content-Type", "application/json")
	}
	return t.send(ctx, wire.Request{Method: method, URL: at, Header: h, Body: raw})
}

// send signs a request, where the bank wants that, and sends it.
func (t *talk) send(ctx context.Context, r wire.Request) (*wire.Answer, error) {
	if t.id.Seal != nil && t.cfg.Sign != "never" {
		if err := t.id.Seal.Sign(t.cfg.Signature, r.Method, r.URL, r.Header, r.Body); err != nil {
			return nil, misconfigured(err)
		}
	}
	a, err := wire.Do(ctx, t.client, r)
	if err != nil {
		return nil, err
	}
	if !a.OK() {
		return a, t.refusal(a)
	}
	return a, nil
}

// headers are those of every request. The end user's address goes along only while they are there: it tells the bank that the read is
// attended, which lifts the limit of four a day (RTS, article 36(5)).
func (t *talk) headers(more map[string]string) http.Header {
	h := http.Header{}
	h.Set("Accept", "application/json")
	h.Set("X-Request-ID", uuid.NewString())
	// The moment of sending, which the call's own may be a while before: banks compare it with theirs.
	h.Set("Date", t.clock().UTC().Format(http.TimeFormat))
	for name, value := range t.cfg.Headers {
		h.Set(name, strings.ReplaceAll(value, "{client_id}", t.clientID()))
	}
	if t.psu.Present && t.psu.IP != "" {
		h.Set("PSU-IP-Address", t.psu.IP)
		set(h, "PSU-User-Agent", t.psu.UserAgent)
		set(h, "PSU-Accept-Language", t.psu.Lang)
	}
	set(h, "PSU-ID", t.login)
	if t.login != "" {
		set(h, "PSU-ID-Type", t.cfg.PSUIDType)
	}
	set(h, "Consent-ID", t.consent)
	if t.bearer != "" {
		h.Set("Authorization", "Bearer "+t.bearer)
	}
	for name, value := range more {
		h.Set(name, value)
	}
	return h
}

// set leaves out what is empty, and what cannot stand in a header: a login with a line feed is nobody's.
func set(h http.Header, name, value string) {
	if value == "" || strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return
	}
	h.Set(name, value)
}

// consents is the address of the consent resource, or of something below it.
func (t *talk) consents(below ...string) *url.URL { return t.below(t.cfg.Consents, below...) }

// below is an address under the bank's. What a bank gave as an id is one segment, whatever is in it.
func (t *talk) below(path string, segments ...string) *url.URL {
	at := t.cfg.base.JoinPath(path)
	for _, s := range segments {
		at = at.JoinPath(url.PathEscape(segment(s)))
	}
	return at
}

// segment keeps an id from climbing out of its place: . and .. are no ids.
func segment(s string) string {
	if s == "." || s == ".." || s == "" {
		return "_"
	}
	return s
}

// mostLink caps a link in bytes: it goes into the state, and in some cases into a browser.
const mostLink = 4096

// link resolves a link of an answer; it must stay with the bank.
func (t *talk) link(a *wire.Answer, href string) (*url.URL, error) {
	if len(href) > mostLink {
		return nil, wire.Protocol(errors.New("the bank gives a link that is too long"))
	}
	return a.Link(href, t.cfg.origins...)
}

// browserLink resolves a link that the end user's browser is sent to: https, on any host, since banks' pages are elsewhere than their
// interfaces, unless the settings name them.
func (t *talk) browserLink(a *wire.Answer, href string) (*url.URL, error) {
	u, err := a.URL.Parse(href)
	if err != nil || len(href) > mostLink {
		return nil, wire.Protocol(errors.New("the bank gives a link that is none, or too long"))
	}
	o, err := origin(u.String())
	if err != nil {
		return nil, wire.Protocol(fmt.Errorf("the bank sends the browser to %q: %w", clip(u.Host), err))
	}
	if len(t.cfg.BrowserOrigins) == 0 {
		return u, nil
	}
	for _, b := range t.cfg.BrowserOrigins {
		if strings.TrimSuffix(b, "/") == o {
			return u, nil
		}
	}
	return nil, wire.Protocol(fmt.Errorf("the bank sends the browser to the foreign host %q", clip(u.Host)))
}
