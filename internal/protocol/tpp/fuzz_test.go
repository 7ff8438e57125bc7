package tpp_test

import (
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/protocol/tpp"
)

// FuzzLoad reads what an operator may have pasted: whatever it is, it is refused or it is a certificate that can be asked everything.
func FuzzLoad(f *testing.F) {
	m := ec()
	f.Add(m.Website, m.WebsiteKey.Reveal())
	f.Add(m.Seal+m.Website, m.SealKey.Reveal())
	f.Add(m.Authority, "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"+m.SealKey.Reveal())
	f.Fuzz(func(t *testing.T, certificate, key string) {
		c, err := tpp.Load(certificate, bank.NewSecret(key))
		if err != nil {
			return
		}
		_ = c.Check(time.Now(), tpp.RoleInformation)
		_ = c.OrganizationIdentifier()
		if c.Leaf == nil || c.Key == nil {
			t.Error("loaded without a certificate or a key")
		}
	})
}
