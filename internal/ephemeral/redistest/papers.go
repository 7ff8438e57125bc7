package redistest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// papersName is the host that the certificate of Papers is for.
const papersName = "redis.test"

// Papers are PEM files: a private authority, and one certificate of its making, for servers and clients alike, with its key.
type Papers struct{ CA, Cert, Key string }

// NewPapers writes papers that are good for an hour into a directory of the test's.
func NewPapers(t testing.TB) *Papers {
	t.Helper()
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
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: papersName}, DNSNames: []string{papersName}, NotBefore: from, NotAfter: until,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	secret, err := x509.MarshalECPrivateKey(ownKey)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	return &Papers{
		CA:   writePEM(t, filepath.Join(dir, "ca.pem"), "CERTIFICATE", signed(t, authority, authority, caKey, caKey)),
		Cert: writePEM(t, filepath.Join(dir, "cert.pem"), "CERTIFICATE", signed(t, own, authority, ownKey, caKey)),
		Key:  writePEM(t, filepath.Join(dir, "key.pem"), "EC PRIVATE KEY", secret),
	}
}

func signed(t testing.TB, template, parent *x509.Certificate, own, signer *ecdsa.PrivateKey) []byte {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &own.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func writePEM(t testing.TB, file, kind string, der []byte) string {
	t.Helper()
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// Query is what an address says of the papers, for its query.
func (p *Papers) Query() url.Values {
	return url.Values{"ca": {p.CA}, "cert": {p.Cert}, "key": {p.Key}, "server_name": {papersName}}
}

// args make a server speak TLS alone, to clients, replicas and other nodes that show a certificate of the authority.
func (p *Papers) args(port string) []string {
	return []string{
		"--port", "0", "--tls-port", port, "--tls-ca-cert-file", p.CA, "--tls-cert-file", p.Cert, "--tls-key-file", p.Key,
		"--tls-auth-clients", "yes", "--tls-replication", "yes", "--tls-cluster", "yes",
	}
}

func (p *Papers) config(t testing.TB) *tls.Config {
	t.Helper()
	text, errCA := os.ReadFile(p.CA)
	pair, errPair := tls.LoadX509KeyPair(p.Cert, p.Key)
	if errCA != nil || errPair != nil {
		t.Fatal(errCA, errPair)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(text)
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool, Certificates: []tls.Certificate{pair}, ServerName: papersName}
}
