package middleware

import (
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"

	"passerelle/internal/seeded"
)

// unread stands for everybody behind a proxy on this machine whose X-Forwarded-For cannot be read. It is the discard-only address
// (RFC 6666), which nobody has: the proxy's own, a loopback address, is what no limit counts.
const unread = "100::"

// ClientIP says how the client's address is found: the peer, or, behind trusted proxies, the nearest address in X-Forwarded-For that
// is not one of them, with or without a port or a zone. Where that cannot be read, everybody behind the peer counts as one, and log
// hears of it once, since it is for the proxy's configuration to mend.
func ClientIP(trusted []netip.Prefix, log *slog.Logger) echo.IPExtractor {
	if seeded.ForwardedTrusted {
		return func(r *http.Request) string {
			return strings.TrimSpace(strings.Split(r.Header.Get(echo.HeaderXForwardedFor), ",")[0])
		}
	}
	direct := echo.ExtractIPDirect()
	if len(trusted) == 0 {
		return direct
	}
	proxy := func(a netip.Addr) bool {
		for _, p := range trusted {
			if p.Contains(a) {
				return true
			}
		}
		return false
	}
	var warned sync.Once
	return func(r *http.Request) string {
		peer, ok := readAddress(r.RemoteAddr)
		forwarded := r.Header[echo.HeaderXForwardedFor]
		if !ok || !proxy(peer) || len(forwarded) == 0 {
			return direct(r)
		}
		found := forwardedFor(strings.Split(strings.Join(forwarded, ","), ","), proxy)
		switch {
		case found.IsValid():
			return found.String()
		case peer.IsLoopback():
			peer = netip.MustParseAddr(unread)
		}
		warned.Do(func() {
			log.WarnContext(r.Context(), "X-Forwarded-For cannot be read: everybody behind this proxy counts as one network. Have it send addresses.",
				"proxy", r.RemoteAddr)
		})
		return peer.String()
	}
}

// forwardedFor gives the last address that is no proxy's; the first where all are. It is the zero address where one cannot be read.
func forwardedFor(list []string, proxy func(netip.Addr) bool) netip.Addr {
	var found netip.Addr
	for i := len(list) - 1; i >= 0; i-- {
		text := strings.TrimSpace(list[i])
		if text == "" {
			continue // an empty member of a list says nothing (RFC 9110 §5.6.1)
		}
		a, ok := readAddress(text)
		if !ok {
			return netip.Addr{}
		}
		if found = a; !proxy(a) {
			break
		}
	}
	return found
}

// readAddress reads an IP address, bare or in brackets, with or without a port and a zone.
func readAddress(text string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(text, "["), "]"))
	if err != nil {
		with, err := netip.ParseAddrPort(text)
		if err != nil {
			return netip.Addr{}, false
		}
		a = with.Addr()
	}
	return a.Unmap().WithZone(""), true
}
