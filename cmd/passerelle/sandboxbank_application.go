package main

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/connector/enablebanking"
	theirs "passerelle/internal/sandboxbank"
)

// sandboxApplication is who we are at the sandbox bank's aggregator: an application id that Enable Banking has not given.
const sandboxApplication = "7d2b6a54-3c0f-4b8e-9a41-5e6f0d1c2b3a"

const (
	applicationKeyBits = 2048
	applicationKeyFlag = "--application-key (PASSERELLE_SANDBOX_BANK_APPLICATION_KEY_PATH): "
)

// mintApplicationKey makes a key that an application signs with, as PEM.
func mintApplicationKey() (bank.Secret, *rsa.PrivateKey, error) {
	key, err := rsa.GenerateKey(rand.Reader, applicationKeyBits)
	if err != nil {
		return bank.Secret{}, nil, fmt.Errorf("a key for the aggregator's application: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return bank.Secret{}, nil, fmt.Errorf("a key for the aggregator's application: %w", err)
	}
	return bank.NewSecret(string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))), key, nil
}

// applicationKeyOf reads the key of a file, and makes the file where there is none.
func applicationKeyOf(path string) (*rsa.PublicKey, error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		text, key, err := mintApplicationKey()
		if err == nil {
			err = writeNew(path, text.Reveal())
		}
		if err != nil {
			return nil, fmt.Errorf(applicationKeyFlag+"%w", err)
		}
		return &key.PublicKey, nil
	}
	if err != nil {
		return nil, fmt.Errorf(applicationKeyFlag+"%w", err)
	}
	block, _ := pem.Decode(raw)
	if block == nil {
		return nil, errors.New(applicationKeyFlag + "this is no PEM file; name one that is not there yet, and it is made")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if key, ok := parsed.(*rsa.PrivateKey); err == nil && ok {
		return &key.PublicKey, nil
	}
	return nil, errors.New(applicationKeyFlag + "this is no RSA private key (PKCS #8); name a file that is not there yet, and it is made")
}

// sandboxApplications are those that the sandbox bank's aggregator knows: ours, by its key.
func sandboxApplications(callbacks []string, key *rsa.PublicKey) []theirs.Application {
	a := theirs.Application{ID: sandboxApplication, Name: "Passerelle", Key: key}
	for _, prefix := range callbacks {
		// The aggregator knows whole addresses and no prefixes.
		a.Redirects = append(a.Redirects, strings.TrimSuffix(prefix, "/")+"/"+enablebanking.Kind)
	}
	return []theirs.Application{a}
}

// applicationSettings are what an operator sets for the kind at the sandbox bank's aggregator.
func applicationSettings(base string, key bank.Secret) connector.Settings {
	return connector.Settings{
		"application_id": bank.NewSecret(sandboxApplication), "private_key": key, "base_url": bank.NewSecret(base + "/eb"),
	}
}
