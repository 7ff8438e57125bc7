package ephemeral_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"passerelle/internal/ephemeral"
	"passerelle/internal/ephemeral/redistest"
	"passerelle/internal/store/storetest"
)

// papers writes a certificate authority, and a certificate of its making with a name for a server and for a client.
func papers(t *testing.T) (ca, cert, key string) {
	t.Helper()
	dir := t.TempDir()
	write := func(name, kind string, der []byte) string {
		var b bytes.Buffer
		if err := pem.Encode(&b, &pem.Block{Type: kind, Bytes: der}); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	make := func(template, parent *x509.Certificate, own, signer *ecdsa.PrivateKey) []byte {
		der, err := x509.CreateCertificate(rand.Reader, template, parent, &own.PublicKey, signer)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	caKey, errCA := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ownKey, errOwn := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if errCA != nil || errOwn != nil {
		t.Fatal(errCA, errOwn)
	}
	from, until := time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	authority := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"}, NotBefore: from, NotAfter: until,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	own := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "redis.test"}, DNSNames: []string{"redis.test"}, NotBefore: from, NotAfter: until,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	secret, err := x509.MarshalECPrivateKey(ownKey)
	if err != nil {
		t.Fatal(err)
	}
	return write("ca.pem", "CERTIFICATE", make(authority, authority, caKey, caKey)),
		write("cert.pem", "CERTIFICATE", make(own, authority, ownKey, caKey)), write("key.pem", "EC PRIVATE KEY", secret)
}

// A server that speaks TLS alone, wants a certificate of its clients, and lets a user do no more than the README says.
func TestRedisTLSAndACL(t *testing.T) {
	t.Parallel()
	ca, cert, key := papers(t)
	plain := redistest.Start(t, "--tls-auth-clients", "yes", "--tls-port", "0", "--tls-ca-cert-file", ca, "--tls-cert-file", cert, "--tls-key-file", key)
	rules := []any{"ACL", "SETUSER", "passerelle", "on", ">hunter2"}
	for _, rule := range strings.Fields(ephemeral.LeastRights) {
		rules = append(rules, rule)
	}
	plain.Do(rules...)
	_, port, _ := net.SplitHostPort(plain.Host)
	secure := redistest.FreePort(t)
	plain.Do("CONFIG", "SET", "tls-port", secure)
	words := url.Values{"ca": {ca}, "cert": {cert}, "key": {key}, "server_name": {"redis.test"}}.Encode()
	r := up(t, open(t, "rediss://passerelle:hunter2@127.0.0.1:"+secure+"/0?"+words, nil))
	if n, err := add(t, r, "a"); n != 1 || err != nil {
		t.Errorf("Add = %d, %v", n, err)
	}
	if err := r.Set(t.Context(), "a", []byte("x"), time.Minute); err != nil {
		t.Errorf("Set: %v", err)
	}
	if got, found, err := r.Get(t.Context(), "a"); string(got) != "x" || !found || err != nil {
		t.Errorf("Get = %q, %v, %v", got, found, err)
	}
	if err := r.Delete(t.Context(), "a"); err != nil {
		t.Errorf("Delete: %v", err)
	}
	for name, address := range map[string]string{
		"a wrong password":     "redis://passerelle:hunter3@127.0.0.1:" + port,
		"TLS to a plain port":  "rediss://passerelle:hunter2@127.0.0.1:" + port + "?" + words,
		"an unknown authority": "rediss://passerelle:hunter2@127.0.0.1:" + secure + "?server_name=redis.test",
		"another name":         "rediss://passerelle:hunter2@127.0.0.1:" + secure + "?" + strings.Replace(words, "redis.test", "other.test", 1),
		"no certificate":       "rediss://passerelle:hunter2@127.0.0.1:" + secure + "?ca=" + url.QueryEscape(ca) + "&server_name=redis.test",
		"another's prefix":     "redis://passerelle:hunter2@127.0.0.1:" + port + "?prefix=other",
	} {
		var log storetest.Log
		r, err := ephemeral.Open(t.Context(), address, ephemeral.RedisOptions{Secret: secret, Log: slog.New(slog.NewTextHandler(&log, nil))})
		if err != nil {
			t.Errorf("%s: Open: %v; the service is to go on without", name, err)
			continue
		}
		_, err = add(t, r, "a")
		redistest.Eventually(t, "it is told", func() bool { return strings.Contains(log.String(), "does not answer") })
		if text := log.String(); err == nil || r.Stats().Up || strings.Contains(text, "hunter") || strings.Contains(text, port) || strings.Contains(text, secure) {
			t.Errorf("%s: %v, log %s", name, err, text)
		}
		if err := r.Close(); err != nil {
			t.Errorf("%s: close: %v", name, err)
		}
	}
}
