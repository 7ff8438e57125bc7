package webhook

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"

	"passerelle/internal/bank"
	"passerelle/internal/outbound"
)

// Limits of an answer: what is read of it, and what is kept.
const (
	mostRead = 4 << 10
	mostKept = 256
)

// What is kept of tries without an answer. They are sentences of ours and fixed ones: what a resolver, a dialer or a TLS library
// says tells of the network that we stand in, and repeats what the receiver sent.
const (
	problemTimeout = "no answer in time"
	problemRefused = "the address is refused: only https to public addresses is spoken"
	problemName    = "the name of the host was not found"
	problemConnect = "no connection: it was refused, or the host cannot be reached"
	problemTLS     = "no TLS connection: the certificate or the protocol is not one that we take"
	problemHeader  = "the answer's header cannot be read"
	problemAnswer  = "the connection ended without an answer that can be read"
)

// noAnswer puts an error in words.
func noAnswer(err error) problem {
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() || errors.Is(err, context.DeadlineExceeded) {
		return problem{problemTimeout, true}
	}
	var name *net.DNSError
	var op *net.OpError
	switch {
	case errors.Is(err, outbound.ErrRefused):
		return problem{text: problemRefused}
	case errors.As(err, &name):
		return problem{text: problemName}
	case ofTLS(err):
		return problem{text: problemTLS}
	case errors.As(err, &op) && op.Op == "dial":
		return problem{text: problemConnect}
	case badHeader(err):
		return problem{text: problemHeader}
	}
	return problem{text: problemAnswer}
}

func ofTLS(err error) bool {
	var (
		alert       tls.AlertError
		record      tls.RecordHeaderError
		certificate *tls.CertificateVerificationError
		unknown     x509.UnknownAuthorityError
		host        x509.HostnameError
		invalid     x509.CertificateInvalidError
	)
	return errors.As(err, &alert) || errors.As(err, &record) || errors.As(err, &certificate) || errors.As(err, &unknown) ||
		errors.As(err, &host) || errors.As(err, &invalid) || strings.Contains(err.Error(), "tls: ") || strings.Contains(err.Error(), "HTTP response to HTTPS client")
}

// badHeader looks for the words of net/http, which has no types for these.
func badHeader(err error) bool {
	text := err.Error()
	return strings.Contains(text, "malformed ") || strings.Contains(text, "headers exceeded") || strings.Contains(text, "transport connection broken")
}

// ours are texts in the shape of our credentials, or of the beginning of one, however their separator is written.
var ours = regexp.MustCompile(`(?i)pwl(_|%5f|\\u005f)[a-z0-9_.%\\-]*`)

// kept is what is kept of an answer. A receiver may repeat what it was sent: beside an access token, which it can repeat in any
// writing, nothing is kept, and signatures are blotted out.
func kept(sent http.Header, answer []byte) string {
	if sent.Get("Authorization") != "" {
		return ""
	}
	text := bank.CleanText(string(answer), mostRead)
	for _, name := range []string{"BI-Signature", "webhook-signature"} {
		for _, s := range strings.Fields(sent.Get(name)) {
			bare := strings.TrimPrefix(s, "v1,")
			for _, written := range []string{bare, url.QueryEscape(bare), strings.ToLower(url.QueryEscape(bare)), strings.ReplaceAll(bare, "/", `\/`)} {
				text = strings.ReplaceAll(text, written, "***")
			}
		}
	}
	return cut(strings.Join(strings.Fields(ours.ReplaceAllString(text, "***")), " "))
}

// cut shortens a text to what is kept, at the end of a character.
func cut(text string) string {
	if len(text) <= mostKept {
		return text
	}
	end := mostKept
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end]
}
