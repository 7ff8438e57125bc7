package berlingroup_test

import (
	"strings"
	"testing"

	"passerelle/internal/connector/berlingroup"
)

// TestProfiles reads every profile as a bank's settings name it.
func TestProfiles(t *testing.T) {
	t.Parallel()
	names := berlingroup.Profiles()
	if len(names) < 10 {
		t.Errorf("%d profiles, want ten at least", len(names))
	}
	for _, name := range names {
		s, err := berlingroup.ParseSettings(`{"base_url":"https://api.bank.example/psd2","profile":"` + name + `"}`)
		if err != nil || s.Consents == "" || s.Accounts == "" || s.ValidDays != 180 {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
}

// TestSettingsOverride puts a bank's own members on top of its profile's, and those on top of the default's.
func TestSettingsOverride(t *testing.T) {
	t.Parallel()
	s, err := berlingroup.ParseSettings(`{"base_url":"https://api.bank.example","profile":"oauth_without_consent","accounts":"v3/accounts",
		"oauth":{"client_auth":"basic"},"booking_status":["booked"],"transaction_ids":[]}`)
	if err != nil {
		t.Fatal(err)
	}
	if s.Accounts != "v3/accounts" || s.OAuth.ClientAuth != "basic" || !strings.HasPrefix(s.OAuth.Scope, "payment-accounts") || s.Consent != "none" ||
		s.Sign != "always" || len(s.BookingStatus) != 1 || len(*s.TransactionIDs) != 0 || s.Accept == "" {
		t.Errorf("%+v", s.Options)
	}
	plain, err := berlingroup.ParseSettings(`{"base_url":"https://api.bank.example"}`)
	if err != nil || len(*plain.TransactionIDs) != 2 || plain.BookingStatus[0] != "both" || plain.Consent != "global" {
		t.Errorf("the default is changed: %+v, %v", plain.Options, err)
	}
}

// TestSettingsRefuse names what is wrong, for whoever wrote it.
func TestSettingsRefuse(t *testing.T) {
	t.Parallel()
	for says, text := range map[string]string{
		"not a JSON object":   ``,
		`"aproach"`:           `{"base_url":"https://b.example","aproach":"redirect"}`,
		`"scopes"`:            `{"base_url":"https://b.example","oauth":{"scopes":"x"}}`,
		"no profile \"none\"": `{"base_url":"https://b.example","profile":"none"}`,
		"base_url: it is no":  `{}`,
		"must begin with":     `{"base_url":"http://b.example"}`,
		"approach is":         `{"base_url":"https://b.example","approach":"pigeon"}`,
		"consent is":          `{"base_url":"https://b.example","consent":"all"}`,
		"psu_id is":           `{"base_url":"https://b.example","psu_id":"maybe"}`,
		"sign is":             `{"base_url":"https://b.example","sign":"sometimes"}`,
		"client_auth is":      `{"base_url":"https://b.example","oauth":{"client_auth":"none"}}`,
		"booking_status is":   `{"base_url":"https://b.example","booking_status":["all of them"]}`,
		"no origin":           `{"base_url":"https://b.example","origins":["https://b.example/path"]}`,
		"valid_days":          `{"base_url":"https://b.example","valid_days":-1}`,
		"key_id":              `{"base_url":"https://b.example","signature":{"key_id":"x"}}`,
		"after top-level":     `{"base_url":"https://b.example"} {}`,
	} {
		if _, err := berlingroup.ParseSettings(text); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: got %v, want it to tell of %s", text, err, says)
		}
	}
	if _, err := berlingroup.ParseSettings(`{"base_url":"http://127.0.0.1:8080/bg"}`); err != nil {
		t.Errorf("a sandbox on this machine: %v", err)
	}
}
