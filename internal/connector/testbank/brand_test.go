package testbank_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/connector/conformance"
	"passerelle/internal/connector/testbank"
	thebank "passerelle/internal/testbank"
)

// institutionOf is an entry of the directory as the host hands it to the connector.
func institutionOf(uuid string) connector.Institution {
	for _, e := range testbank.Entries() {
		if e.UUID == uuid {
			return connector.Institution{UUID: e.UUID, Name: e.Name, Settings: e.Settings, Fields: e.Fields}
		}
	}
	panic("no entry " + uuid)
}

// shelf serves one configuration file, which tests change.
type shelf struct {
	url string

	mu   sync.Mutex
	file string
}

func (w *world) shelf(t *testing.T, file string) *shelf {
	t.Helper()
	s := &shelf{file: file}
	ts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.file == "" {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write([]byte(s.file))
	}))
	t.Cleanup(ts.Close)
	s.url = ts.URL + "/a.txt"
	return s
}

func (s *shelf) write(file string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.file = file
}

const alex = "CREDENTIALS|alex|word-canary-5150\nACCOUNT|c|1||12.50|Checkings\nTRANSACTION|-1.00|10/06/25|CAFE\nACCOUNT|s|2||7.00|Savings\nRECURRING|5|31/01/25|1M|PLUS\n"

// TestConformanceOfTheOtherBanks plays the contract through the two banks beside the test bank, on both channels.
func TestConformanceOfTheOtherBanks(t *testing.T) {
	t.Parallel()
	for name, uuid := range map[string]string{"integration": testbank.IntegrationUUID, "simulator": testbank.SimulatorUUID} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			hint, values := "dev", map[string]string{"login": "dev", "password": "dev"}
			if name == "simulator" {
				hint, values = "linxo simulator", map[string]string{"login": "linxo simulator", "password": "Linxo13!", "profile": "default_cacc_savings.json"}
			}
			fill := func(form url.Values) {
				for field, value := range values {
					form.Set(field, value)
				}
			}
			scripts := []conformance.Script{
				{Name: hint, Source: bank.SourceOpenAPI, Steps: []string{conformance.Redirect}},
				{Name: hint, Source: bank.SourceDirectAccess, Values: values},
			}
			if name == "integration" {
				own := w.shelf(t, alex+"CHALLENGE|QUESTION|Your dog?|Rex\n")
				scripts = append(scripts, conformance.Script{
					Name: "a file of one's own", Source: bank.SourceDirectAccess, Steps: []string{conformance.Ask},
					Values: map[string]string{"login": "alex", "password": "word-canary-5150", "config_url": own.url},
					Answer: func(_ *testing.T, ask *connector.Ask) map[string]string {
						return map[string]string{ask.Fields[0].Name: "Rex"}
					},
				}, conformance.Script{
					Name: "no such file", Source: bank.SourceDirectAccess, Fails: connector.CodeBadCredentials,
					Values: map[string]string{"login": "alex", "password": "word-canary-5150", "config_url": "ftp://127.0.0.1/a.txt"},
				})
			}
			conformance.Run(t, conformance.Subject{
				New:         func(t *testing.T) connector.Connector { t.Helper(); return w.kind(t, network()) },
				Hanging:     func(t *testing.T) connector.Connector { t.Helper(); return w.kind(t, silence{}) },
				Institution: institutionOf(uuid), Callback: callback, Now: w.now, Pass: w.pass, Answer: w.answer,
				Browse: func(t *testing.T, to string) url.Values { t.Helper(); return w.browseFilling(t, to, fill) },
				Reset: func(t *testing.T) {
					t.Helper()
					if err := w.bank.Apply(thebank.Change{Reset: true}); err != nil {
						t.Fatal(err)
					}
				},
				Scripts: scripts, Secrets: []string{clientSecret, "word-canary-5150", "Linxo13!"},
			})
		})
	}
}

// connected connects through one source and gives the end of it.
func (w *world) connected(t *testing.T, source string, inst connector.Institution, values map[string]string) connector.Done {
	t.Helper()
	kind := w.kind(t, network())
	in := connector.BeginInput{
		Mode: connector.ModeConnect, Institution: inst, Source: source, Now: w.now(), Values: map[string]bank.Secret{},
		Callback: connector.Callback{URL: callback, State: bank.NewSecret("a-state-of-the-host")}, PSU: connector.PSU{Present: true, IP: "192.0.2.7"},
	}
	for k, v := range values {
		in.Values[k] = bank.NewSecret(v)
	}
	step, err := kind.Begin(t.Context(), in)
	if err == nil && step.Redirect != nil {
		back := w.browseFilling(t, step.Redirect.URL, func(form url.Values) {
			for k, v := range values {
				form.Set(k, v)
			}
		})
		step, err = kind.Advance(t.Context(), connector.AdvanceInput{
			Institution: inst, Source: source, State: step.State, Callback: in.Callback, PSU: in.PSU, Now: w.now(),
			Event: connector.Event{Kind: connector.EventCallback, Callback: back},
		})
	}
	if err != nil || step.Done == nil {
		t.Fatalf("%s: %+v, %v; want done", source, step, err)
	}
	return *step.Done
}

// gathered keeps what a pull reads.
type gathered struct {
	accounts []bank.Account
	wordings map[string][]string
}

func (g *gathered) Account(_ context.Context, a bank.Account) error {
	g.accounts = append(g.accounts, a)
	return nil
}

func (g *gathered) Transaction(_ context.Context, key string, t bank.Transaction) error {
	g.wordings[key] = append(g.wordings[key], t.Wording)
	return nil
}

func (w *world) pull(t *testing.T, source string, inst connector.Institution, session connector.Opaque, keys ...string) (*gathered, error) {
	t.Helper()
	out := &gathered{wordings: map[string][]string{}}
	_, err := w.kind(t, network()).Pull(t.Context(), connector.PullInput{Institution: inst, Source: source, Session: session, Transactions: keys, Now: w.now()}, out)
	return out, err
}

// TestBothChannelsAreOneCustomer: the two ways in give one owner key and the same accounts, so that they join into one connection;
// another file, or another profile, is somebody else.
func TestBothChannelsAreOneCustomer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	file, other := w.shelf(t, alex), w.shelf(t, alex)
	for name, tt := range map[string]struct {
		uuid          string
		values, other map[string]string
		direct, open  int
	}{
		"built in":  {testbank.IntegrationUUID, map[string]string{"login": "dev", "password": "dev"}, map[string]string{"login": "slow", "password": "dev"}, 4, 2},
		"a file":    {testbank.IntegrationUUID, map[string]string{"login": "alex", "password": "word-canary-5150", "config_url": file.url}, map[string]string{"config_url": other.url}, 2, 1},
		"simulator": {testbank.SimulatorUUID, map[string]string{"login": "linxo simulator", "password": "Linxo13!", "profile": "wealthdemo_with_cacc.json"}, map[string]string{"profile": "default_cacc_savings.json"}, 15, 2},
		"wealth":    {testbank.SimulatorUUID, map[string]string{"login": "linxo simulator", "password": "Linxo13!", "profile": "wealthdemo.json"}, nil, 13, 0},
	} {
		inst := institutionOf(tt.uuid)
		open, direct := w.connected(t, bank.SourceOpenAPI, inst, tt.values), w.connected(t, bank.SourceDirectAccess, inst, tt.values)
		if open.OwnerKey != direct.OwnerKey {
			t.Errorf("%s: the owner keys differ", name)
		}
		api, err := w.pull(t, bank.SourceOpenAPI, inst, open.Session)
		if err != nil {
			t.Fatal(err)
		}
		site, err := w.pull(t, bank.SourceDirectAccess, inst, direct.Session)
		if err != nil {
			t.Fatal(err)
		}
		if len(api.accounts) != tt.open || len(site.accounts) != tt.direct {
			t.Errorf("%s: %d accounts in the API and %d on the website, want %d and %d", name, len(api.accounts), len(site.accounts), tt.open, tt.direct)
		}
		for _, a := range api.accounts {
			if !slices.ContainsFunc(site.accounts, func(b bank.Account) bool { return a.Key == b.Key && a.Name == b.Name }) {
				t.Errorf("%s: the account %s is another one on the website", name, a.Name)
			}
		}
		if tt.other == nil {
			continue
		}
		for k, v := range tt.values {
			if tt.other[k] == "" {
				tt.other[k] = v
			}
		}
		if somebody := w.connected(t, bank.SourceDirectAccess, inst, tt.other); somebody.OwnerKey == direct.OwnerKey {
			t.Errorf("%s: %v is the same owner", name, tt.other)
		}
	}
}

// TestFileChangesBetweenReadings: new movements, a new account and a file that is gone, as a synchronisation meets them.
func TestFileChangesBetweenReadings(t *testing.T) {
	t.Parallel()
	for _, source := range []string{bank.SourceOpenAPI, bank.SourceDirectAccess} {
		w := newWorld(t)
		file := w.shelf(t, alex)
		inst := institutionOf(testbank.IntegrationUUID)
		done := w.connected(t, source, inst, map[string]string{"login": "alex", "password": "word-canary-5150", "config_url": file.url})
		first, err := w.pull(t, source, inst, done.Session)
		if err != nil {
			t.Fatal(err)
		}
		key := first.accounts[0].Key
		file.write(strings.Replace(alex, "|12.50|", "|99.00|", 1) + "ACCOUNT|new|||1|CreditCard\n")
		file.write(strings.Replace(file.file, "CAFE\n", "CAFE\nTRANSACTION|-2.00|11/06/25|THE\n", 1))
		second, err := w.pull(t, source, inst, done.Session, key)
		if err != nil {
			t.Fatal(err)
		}
		if second.accounts[0].Key != key || second.accounts[0].Balance.Amount.String() != "99" || len(second.accounts) != len(first.accounts)+1 {
			t.Errorf("%s: accounts = %+v", source, second.accounts)
		}
		if got := second.wordings[key]; !slices.Equal(got, []string{"THE", "CAFE"}) {
			t.Errorf("%s: movements = %q", source, got)
		}
		file.write("")
		_, err = w.pull(t, source, inst, done.Session)
		if e := wantCode(t, err, connector.CodeUnavailable); e.Code.State() != bank.StateWebsiteUnavailable || !strings.Contains(e.UserText, "404") {
			t.Errorf("%s: error = %+v", source, e)
		}
	}
}

// TestMistakesLandOnTheField: what is wrong with the file is said where its address is typed.
func TestMistakesLandOnTheField(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	file := w.shelf(t, alex+"TRANSACTION|lots|01/01/25|x\n")
	in := connector.BeginInput{
		Mode: connector.ModeConnect, Institution: institutionOf(testbank.IntegrationUUID), Source: bank.SourceDirectAccess, Now: w.now(),
		Values: secrets("login", "alex", "password", "word-canary-5150", "config_url", file.url),
	}
	_, err := w.kind(t, network()).Begin(t.Context(), in)
	if e := wantCode(t, err, connector.CodeBadCredentials); e.Field != "config_url" || !strings.Contains(e.UserText, "line 6, amount") {
		t.Errorf("error = %+v", e)
	}
	in.Mode, in.Previous = connector.ModeBackground, nil
	_, err = w.kind(t, network()).Begin(t.Context(), in)
	wantCode(t, err, connector.CodeUnavailable)
	file.write(alex)
	in.Mode, in.Values["password"] = connector.ModeConnect, bank.NewSecret("no")
	_, err = w.kind(t, network()).Begin(t.Context(), in)
	if e := wantCode(t, err, connector.CodeBadCredentials); e.Field != "password" {
		t.Errorf("error = %+v", e)
	}
	in.Institution.Settings = "{"
	_, err = w.kind(t, network()).Begin(t.Context(), in)
	wantCode(t, err, connector.CodeMisconfigured)
}

// TestEveryStateByAFile: each state that a connection can be left in by a reading is reached by a line STATE, on both channels. The
// package documentation has the same table.
func TestEveryStateByAFile(t *testing.T) {
	t.Parallel()
	want := map[string]bank.ConnectionState{
		"success": bank.StateOK, "wrong_password": bank.StateWrongpass, "password_expired": bank.StatePasswordExpired,
		"action_needed": bank.StateActionNeeded, "not_supported": bank.StateNotSupported, "otp_text": bank.StateSCARequired,
		"sca_required": bank.StateSCARequired, "bank_down": bank.StateWebsiteUnavailable, "rate_limit": bank.StateRateLimiting, "bug": bank.StateBug,
	}
	for state, wanted := range want {
		for _, source := range []string{bank.SourceOpenAPI, bank.SourceDirectAccess} {
			w := newWorld(t)
			file := w.shelf(t, alex)
			inst := institutionOf(testbank.IntegrationUUID)
			done := w.connected(t, source, inst, map[string]string{"login": "alex", "password": "word-canary-5150", "config_url": file.url})
			file.write(alex + "STATE|" + state)
			_, err := w.pull(t, source, inst, done.Session)
			got := bank.StateOK
			if err != nil {
				got = connector.AsError(err).Code.State()
			}
			if got != wanted {
				t.Errorf("%s, STATE|%s: %q (%v), want %q", source, state, got, err, wanted)
			}
		}
	}
}
