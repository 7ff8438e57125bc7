package conformance

import (
	"bytes"
	"image"
	_ "image/jpeg" // what an Ask may show
	_ "image/png"  // likewise
	"net"
	"net/url"
	"regexp"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

// mostImage is the contract's cap on the image of an Ask.
const mostImage = 256 << 10

// checkStep holds a step against the contract.
func checkStep(t T, s *subject, step connector.Step, state string) {
	t.Helper()
	name, forms := kindOf(step)
	if forms != 1 {
		t.Errorf("the step has %d forms, want exactly one", forms)
		return
	}
	switch name {
	case Ask:
		checkAsk(t, step.Ask)
	case Redirect:
		checkRedirect(t, step.Redirect, state)
	case Wait:
		m, err := s.New(t).Describe(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if step.Wait.PollAfter <= 0 || step.Wait.PollAfter < m.Limits.MinPollEvery {
			t.Errorf("poll after %v, want at least the manifest's %v", step.Wait.PollAfter, m.Limits.MinPollEvery)
		}
	case Pick:
		if len(step.Pick.Accounts) == 0 {
			t.Error("a pick without accounts")
		}
		for _, a := range step.Pick.Accounts {
			checkAccount(t, a)
		}
	case Done:
		if len(step.Done.Session) == 0 || step.Done.OwnerKey == "" {
			t.Error("done without a session or an owner key")
		}
	}
	if name != Done && len(step.State) == 0 {
		t.Errorf("a %s without a state: nothing could go on", name)
	}
	if !step.Deadline.IsZero() && !step.Deadline.After(s.Now()) {
		t.Errorf("the deadline %v has passed already", step.Deadline)
	}
}

func checkAsk(t T, a *connector.Ask) {
	t.Helper()
	if len(a.Fields) == 0 {
		t.Error("an ask without fields: nobody could answer")
	}
	seen := map[string]bool{}
	for _, f := range a.Fields {
		checkField(t, f)
		if seen[f.Name] {
			t.Errorf("the field %q is there twice", f.Name)
		}
		seen[f.Name] = true
	}
	if len(a.Image) > mostImage {
		t.Errorf("the image has %d bytes, at most %d", len(a.Image), mostImage)
	}
	if len(a.Image) > 0 {
		if _, format, err := image.DecodeConfig(bytes.NewReader(a.Image)); err != nil || a.ImageAlt == "" {
			t.Errorf("the image (%s, described %q) cannot be shown: %v", format, a.ImageAlt, err)
		}
	}
}

func checkField(t T, f bank.Field) {
	t.Helper()
	if f.Name == "" || f.Label.In("en") == "" {
		t.Errorf("field %q has no name or no label", f.Name)
	}
	if _, err := regexp.Compile(f.Pattern); err != nil {
		t.Errorf("field %q: the pattern does not compile: %v", f.Name, err)
	}
	if f.Type == bank.FieldList && len(f.Options) == 0 {
		t.Errorf("field %q is a list without options", f.Name)
	}
	if f.Type == bank.FieldOTP && (!f.Transient || !f.Secret) {
		t.Errorf("field %q is a one-time code and so secret and transient", f.Name)
	}
	if f.Type == bank.FieldPassword && !f.Secret {
		t.Errorf("field %q is a password and so secret", f.Name)
	}
}

func checkRedirect(t T, r *connector.Redirect, state string) {
	t.Helper()
	u, err := url.Parse(r.URL)
	if err != nil || u.Host == "" || u.User != nil {
		t.Errorf("the redirect is no absolute address")
		return
	}
	ip := net.ParseIP(u.Hostname())
	local := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	if u.Scheme != "https" && (u.Scheme != "http" || !local) {
		t.Errorf("the redirect goes to %s://%s, want https", u.Scheme, u.Host)
	}
	// Some protocols carry the state in a signed request; where it stands in the address it must be the host's.
	if got, ok := u.Query()["state"]; ok && (len(got) != 1 || got[0] != state) {
		t.Error("the redirect carries another state than the host's")
	}
}

func checkAccount(t T, a bank.Account) {
	t.Helper()
	if a.Key == "" || a.Name == "" || a.Type == "" || len(a.Balance.Currency) != 3 {
		t.Errorf("account without key, name, type or currency: %+v", a)
	}
}

func checkTransaction(t T, x bank.Transaction) {
	t.Helper()
	if x.Key == "" || x.OriginalWording == "" || len(x.Value.Currency) != 3 || x.Type == "" {
		t.Errorf("transaction without key, wording, currency or type: %+v", x)
	}
	if y, m, d := x.Date.Date(); x.Date.IsZero() || x.Date.Hour() != 0 || x.Date.Location().String() != "UTC" {
		t.Errorf("the date %d-%d-%d (%v) is not a UTC midnight", y, m, d, x.Date)
	}
}
