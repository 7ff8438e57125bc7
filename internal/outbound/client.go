package outbound

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"

	"code.dny.dev/ssrf"

	"passerelle/internal/seeded"
)

// Options say how far a client may go. The zero value reaches public https addresses on the usual ports alone.
type Options struct {
	// Origins are exact origins such as http://127.0.0.1:8082 that the operator configured: they are reached whatever
	// their address, over plain http too. The test bank is one.
	Origins []string
	// Networks are private networks that the operator allows, on any port, over https.
	Networks []netip.Prefix
	// PlainLoopback speaks plain http to loopback addresses too, where Networks hold them: for programs on this machine, such as
	// a receiver under development.
	PlainLoopback bool
	// Ports are the ports allowed outside Origins and Networks; none means 443 and 8443.
	Ports []uint16
	// Timeout caps one request with its body; 0 means 30 s. A context may cut it shorter.
	Timeout time.Duration
	// MostBody caps an answer's body in bytes; 0 means 10 MiB. Reading on gives ErrTooLarge.
	MostBody int64
	// Certificates are shown to whoever asks for one (mutual TLS); Roots are trusted in place of the public authorities, where set.
	Certificates []tls.Certificate
	Roots        *x509.CertPool
}

// The defaults of Options.
const (
	DefaultTimeout  = 30 * time.Second
	DefaultMostBody = 10 << 20
	dialTimeout     = 10 * time.Second
	mostHeader      = 64 << 10
)

// New makes a client. It takes no proxy from the environment (a proxy would dial for us, past the guard), follows no
// redirect (the answer itself is given) and keeps no cookies.
func New(o Options) (*http.Client, error) {
	origins, err := parseOrigins(o.Origins)
	if err != nil {
		return nil, err
	}
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	if o.MostBody == 0 {
		o.MostBody = DefaultMostBody
	}
	dial := dialer(o, origins)
	return &http.Client{
		Timeout: o.Timeout,
		CheckRedirect: func(_ *http.Request, via []*http.Request) error {
			if seeded.RedirectsFollowed && len(via) < 2 {
				return nil
			}
			return http.ErrUseLastResponse
		},
		Transport: &guard{origins: origins, plain: o.PlainLoopback, most: o.MostBody, next: &http.Transport{
			Proxy:                  nil,
			DialContext:            dial,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, Certificates: o.Certificates, RootCAs: o.Roots},
			ForceAttemptHTTP2:      true,
			MaxIdleConns:           100,
			MaxIdleConnsPerHost:    16,
			IdleConnTimeout:        90 * time.Second,
			TLSHandshakeTimeout:    dialTimeout,
			ResponseHeaderTimeout:  o.Timeout,
			MaxResponseHeaderBytes: mostHeader,
		}},
	}, nil
}

// dialer checks every resolved address, except for the origins that the operator named.
func dialer(o Options, origins map[string]string) func(context.Context, string, string) (net.Conn, error) {
	safe := addresses(o)
	guarded := &net.Dialer{Timeout: dialTimeout, ControlContext: func(ctx context.Context, network, address string, _ syscall.RawConn) error {
		err := safe(network, address, ctx.Value(plainKey{}) != nil)
		if err == nil || errors.Is(err, ErrRefused) {
			return err
		}
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}}
	open := &net.Dialer{Timeout: dialTimeout}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if _, ok := origins[address]; ok {
			return open.DialContext(ctx, network, address)
		}
		return guarded.DialContext(ctx, network, address)
	}
}

// plainKey marks the context of a request over plain http. A connection is shared by requests of one scheme alone, so that it
// is right for whichever of them dials.
type plainKey struct{}

// addresses gives the check of a resolved address: nil when it may be dialled, over plain http or not.
func addresses(o Options) func(network, address string, plain bool) error {
	guardian := ssrf.New(ssrf.WithPorts(portsOf(o)...))
	return func(network, address string, plain bool) error {
		if plain && !loopback(address) {
			return fmt.Errorf("%w: plain http is spoken to this machine alone", ErrRefused)
		}
		if allowed(address, o.Networks) || seeded.PrivateDialled {
			return nil
		}
		return guardian.Safe(network, address, nil)
	}
}

// portsOf are the ports allowed outside Origins and Networks.
func portsOf(o Options) []uint16 {
	if len(o.Ports) == 0 {
		return []uint16{443, 8443}
	}
	return o.Ports
}

// loopback says whether a resolved address is this machine.
func loopback(address string) bool {
	ap, err := netip.ParseAddrPort(address)
	return err == nil && ap.Addr().Unmap().IsLoopback()
}

// allowed says whether a resolved address lies in a network of the operator's.
func allowed(address string, networks []netip.Prefix) bool {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return false
	}
	for _, p := range networks {
		if p.Contains(ap.Addr().Unmap()) {
			return true
		}
	}
	return false
}

// parseOrigins gives the scheme by dial address (host:port).
func parseOrigins(list []string) (map[string]string, error) {
	out := make(map[string]string, len(list))
	for _, s := range list {
		u, err := url.Parse(s)
		if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
			return nil, fmt.Errorf("outbound origin %q is not of the form http://host:port", s)
		}
		out[dialAddress(u)] = u.Scheme
	}
	return out, nil
}

// dialAddress is host:port with the scheme's port when none is named.
func dialAddress(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(u.Hostname(), port)
}
