package seal

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"passerelle/internal/bank"
)

// The services that wrap a keyset, by the scheme of their address.
const (
	vaultScheme = "hcvault"
	// plainVaultScheme is a Vault on this machine, for development and agents that add TLS.
	plainVaultScheme = "hcvault+http"
	execScheme       = "exec:"
)

// KMS says how a key management service is reached.
type KMS struct {
	// URI is hcvault://HOST[:PORT]/MOUNT/keys/NAME for a key of Vault's transit engine, as Tink writes it, or exec:/PATH for a
	// program that wraps and unwraps.
	URI string
	// Client speaks to it; Token gives what it wants to know us by, anew for each call, since such tokens are renewed in place.
	Client *http.Client
	Token  func() (bank.Secret, error)
	// Within is how long a program may take for one call; 10 s by default. Client has a time of its own.
	Within time.Duration
}

// Wrapper gives the service at the address, without speaking to it yet.
func (k KMS) Wrapper() (Wrapper, error) {
	if path, ok := strings.CutPrefix(k.URI, execScheme); ok {
		return newProgram(path, k.Within)
	}
	v, err := parseVault(k.URI)
	if err != nil {
		return nil, err
	}
	v.client, v.token = k.Client, k.Token
	return v, nil
}

// Origin is the scheme, host and port that a service is reached at over HTTP; "" for one that is not. An address that cannot be
// used is an error whose words follow the name of the flag.
func (k KMS) Origin() (string, error) {
	if path, ok := strings.CutPrefix(k.URI, execScheme); ok {
		if !filepath.IsAbs(path) {
			return "", errors.New("names no program; write its whole path, as in exec:/usr/local/bin/passerelle-keys")
		}
		return "", nil
	}
	v, err := parseVault(k.URI)
	if err != nil {
		return "", err
	}
	return v.origin, nil
}

// parseVault reads the address of a key of Vault's.
func parseVault(raw string) (*vault, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return nil, errors.New("cannot be read as an address; write hcvault://HOST:8200/transit/keys/NAME or exec: and the path of a program")
	}
	var scheme string
	switch {
	case u.Scheme == vaultScheme:
		scheme = "https"
	case u.Scheme == plainVaultScheme && isLoopback(u.Hostname()):
		scheme = "http"
	case u.Scheme == plainVaultScheme:
		return nil, errors.New("is plain http to another machine; write hcvault:// for TLS")
	case u.Scheme == "aws-kms" || u.Scheme == "gcp-kms":
		return nil, fmt.Errorf("%s is not built in: its library is larger than it is worth in every install; wrap with exec: and "+
			"your cloud's own command line program, as the README shows", u.Scheme)
	default:
		return nil, errors.New("begins neither with hcvault:// nor with exec:/")
	}
	mount, name, ok := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/keys/")
	if !ok || mount == "" || name == "" || strings.Contains(name, "/") || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("is no address of a key; write hcvault://HOST:8200/transit/keys/NAME")
	}
	return &vault{shown: raw, origin: scheme + "://" + u.Host, mount: mount, key: name}, nil
}

func isLoopback(host string) bool {
	return host == "127.0.0.1" || host == "::1" || host == "localhost"
}
