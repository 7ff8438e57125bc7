package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/config"
	"passerelle/internal/outbound"
	"passerelle/internal/seal"
)

// kmsTimeout is how long a key management service may take for one call.
const kmsTimeout = 10 * time.Second

// keysetFile is the keyset file as configured, with what wraps it. Nothing is read or asked yet.
func keysetFile(d *config.Data) (seal.File, error) {
	f := seal.File{Path: d.KeysetPath()}
	if d.KeysetKMSURI == "" {
		return f, nil
	}
	var err error
	f.Wrap, err = wrapper(d.KeysetKMSURI, d.KeysetKMSTokenFile)
	return f, err
}

// wrapper is the service at an address. Its host is the operator's own, so that it may be in a private network.
func wrapper(uri, tokenFile string) (seal.Wrapper, error) {
	const flag = "--keyset-kms-uri (PASSERELLE_KEYSET_KMS_URI): %w"
	k := seal.KMS{URI: uri, Within: kmsTimeout, Token: func() (bank.Secret, error) { return kmsToken(tokenFile) }}
	origin, err := k.Origin()
	if err != nil {
		return nil, fmt.Errorf(flag, err)
	}
	if origin != "" {
		if tokenFile == "" {
			return nil, errors.New("--keyset-kms-token-file (PASSERELLE_KEYSET_KMS_TOKEN_FILE) is needed with hcvault://: name the file that holds the token")
		}
		if k.Client, err = outbound.New(outbound.Options{Origins: []string{origin}, Timeout: kmsTimeout}); err != nil {
			return nil, fmt.Errorf(flag, err)
		}
	}
	w, err := k.Wrapper()
	if err != nil {
		return nil, fmt.Errorf(flag, err)
	}
	return w, nil
}

// kmsToken reads the token for a key management service. A file that others can read is refused: with it they read the keys.
func kmsToken(file string) (bank.Secret, error) {
	const flag = "--keyset-kms-token-file (PASSERELLE_KEYSET_KMS_TOKEN_FILE): "
	info, err := os.Stat(file)
	if err != nil {
		return bank.Secret{}, fmt.Errorf(flag+"%w", err)
	}
	if perm := info.Mode().Perm(); perm&0o077 != 0 && runtime.GOOS != "windows" {
		return bank.Secret{}, fmt.Errorf(flag+"%s has mode %04o, so others on this machine can read it; run: chmod 600 %s", file, perm, file)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return bank.Secret{}, fmt.Errorf(flag+"%w", err)
	}
	return bank.NewSecret(strings.TrimSpace(string(text))), nil
}
