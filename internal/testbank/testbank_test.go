package testbank

import (
	"bytes"
	"errors"
	"image/color"
	"image/png"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
)

func TestDefaultFile(t *testing.T) {
	t.Parallel()
	f := Default()
	types := map[string]bool{}
	for _, p := range f.People {
		for _, a := range p.Accounts {
			types[a.Type] = true
		}
	}
	for _, want := range []string{"checking", "card", "savings", "livret_a", "ldds", "pea", "market", "lifeinsurance", "loan", "deposit"} {
		if !types[want] {
			t.Errorf("no account of type %s", want)
		}
	}
}

func TestParseTellsWhatIsWrong(t *testing.T) {
	t.Parallel()
	wrap := func(account string) string {
		return `{"bank":{"name":"B"},"people":{"p":{"name":"P","accounts":[` + account + `]}}}`
	}
	rule := func(r string) string {
		return wrap(`{"id":"a","type":"checking","name":"A","balance":"0","transactions":[` + r + `]}`)
	}
	tests := []struct{ name, file, says string }{
		{"not JSON", `CREDENTIALS|dev|dev`, "not the JSON expected"},
		{"more than one object", `{"bank":{"name":"B"}} {}`, "after its JSON object"},
		{"unknown member", `{"bank":{"name":"B"},"login":[]}`, "unknown field"},
		{"no name", `{}`, "bank.name is empty"},
		{"history", `{"bank":{"name":"B"},"history_days":99999}`, "history_days"},
		{"open door to nobody", `{"bank":{"name":"B"},"any_login_password":"x","any_login_person":"q"}`, `"q" is not among people`},
		{"login without a person", `{"bank":{"name":"B"},"logins":[{"login":"a","password":"b","person":"q"}]}`, `person "q"`},
		{"login twice", `{"bank":{"name":"B"},"people":{"p":{"name":"P"}},"logins":[{"login":"a","password":"b","person":"p"},{"login":"a","password":"c","person":"p"}]}`, "there twice"},
		{"scenario", `{"bank":{"name":"B"},"people":{"p":{"name":"P"}},"logins":[{"login":"a","password":"b","person":"p","scenario":"x"}]}`, `scenario "x" is unknown`},
		{"account type", wrap(`{"id":"a","type":"gold","name":"A","balance":"0"}`), `type "gold"`},
		{"balance", wrap(`{"id":"a","type":"loan","name":"A","balance":"1e9"}`), "balance"},
		{"id", wrap(`{"id":"../a","type":"loan","name":"A","balance":"1"}`), "id"},
		{"iban", wrap(`{"id":"a","type":"loan","name":"A","balance":"1","iban":"FR7700000000000000000000000"}`), "iban"},
		{"parent", wrap(`{"id":"a","type":"card","name":"A","balance":"1","parent":"b"}`), "parent"},
		{"source", wrap(`{"id":"a","type":"card","name":"A","balance":"1","sources":["ftp"]}`), "source"},
		{"no label", rule(`{"amount":"1","on":"0d"}`), "label"},
		{"no time", rule(`{"label":"x","amount":"1"}`), "on and every"},
		{"two times", rule(`{"label":"x","amount":"1","on":"0d","every":"1m"}`), "on and every"},
		{"every", rule(`{"label":"x","amount":"1","every":"0d"}`), "every"},
		{"on", rule(`{"label":"x","amount":"1","on":"2025-13-01"}`), "on"},
		{"from", rule(`{"label":"x","amount":"1","every":"1d","from":"soon"}`), "date"},
		{"jitter", rule(`{"label":"x","amount":"1","every":"1d","jitter_days":28}`), "jitter_days"},
		{"amount", rule(`{"label":"x","amount":"a lot","every":"1d"}`), "amount"},
		{"too large", strings.Repeat(" ", maxFile+1), "larger than"},
	}
	for _, tt := range tests {
		_, err := Parse(strings.NewReader(tt.file))
		if err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: error = %v, want it to say %q", tt.name, err, tt.says)
		}
	}
}

func TestIBAN(t *testing.T) {
	t.Parallel()
	tests := []struct {
		iban string
		want bool
	}{
		{"FR76 3000 6000 0112 3456 7890 189", true},
		{"DE89370400440532013000", true},
		{"GB82 WEST 1234 5698 7654 32", true},
		{"GB82 WEST 1234 5698 7654 33", false},
		{"FR7630006000011234567890188", false},
		{"", false},
		{"FR76", false},
		{"FR76 3000 6000 0112 3456 7890 18é", false},
	}
	for _, tt := range tests {
		if got := ValidIBAN(tt.iban); got != tt.want {
			t.Errorf("ValidIBAN(%q) = %v", tt.iban, got)
		}
	}
	for n := range uint64(2000) {
		got := makeIBAN(n * 48_611_333)
		if !ValidIBAN(got) || !strings.HasPrefix(got[4:], "0000000000") || len(got) != 27 {
			t.Fatalf("makeIBAN(%d) = %s", n, got)
		}
	}
}

// ribKey is the national check of a French account, as the French Committee on Banking Organisation publishes it.
func TestRIBKey(t *testing.T) {
	t.Parallel()
	for _, n := range []uint64{0, 1, 96, 97, 12_345_678_901} {
		bban := makeIBAN(n)[4:]
		v, err := decimal.NewFromString(bban)
		if err != nil {
			t.Fatal(err)
		}
		// A right key makes bank, branch, account and key divisible by 97.
		if got := v.Mod(decimal.NewFromInt(97)); !got.IsZero() {
			t.Errorf("account %d: RIB %s leaves %s", n, bban, got)
		}
	}
}

// TestMovementsStay pulls on a hundred days in a row: what was there stays there, with its id, date and amount.
func TestMovementsStay(t *testing.T) {
	t.Parallel()
	now := time.Date(2025, 1, 10, 12, 0, 0, 0, time.UTC)
	b, err := New(Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	o := owner{login: "dev", person: b.file.People["camille"], usage: UsagePrivate, source: DirectAccess}
	known := map[string]Movement{}
	balance := decimal.Zero
	for i := range 100 {
		account := b.accounts(o, now)[0]
		all, ok := b.history(o, account.ID, time.Time{}, now)
		if !ok || len(all) < 150 {
			t.Fatalf("day %d: %d movements", i, len(all))
		}
		fresh := decimal.Zero
		for _, m := range all {
			was, seen := known[m.ID]
			if seen && (!was.Date.Equal(m.Date) || !was.Amount.Equal(m.Amount) || was.Label != m.Label) {
				t.Fatalf("day %d: movement changed from %+v to %+v", i, was, m)
			}
			if i > 0 && !m.Pending && (!seen || was.Pending) {
				fresh = fresh.Add(m.Amount)
			}
			known[m.ID] = m
		}
		if i > 0 && !account.Balance.Sub(balance).Equal(fresh) {
			t.Fatalf("day %d: balance moved by %s, movements by %s", i, account.Balance.Sub(balance), fresh)
		}
		balance = account.Balance
		if age := now.Sub(all[len(all)-1].Date); age > 402*24*time.Hour {
			t.Fatalf("day %d: oldest movement is %v old", i, age)
		}
		now = now.AddDate(0, 0, 1)
	}
}

func TestSeries(t *testing.T) {
	t.Parallel()
	day := func(s string) time.Time { d, _ := time.Parse(time.DateOnly, s); return d }
	tests := []struct {
		name string
		rule Rule
		from string
		to   string
		want []string
	}{
		{"every 15 days", Rule{Every: "15d", From: "2025-01-01"}, "2025-01-10", "2025-02-20", []string{"2025-02-15", "2025-01-31", "2025-01-16"}},
		{"month ends do not drift", Rule{Every: "1m", From: "2024-12-31"}, "2025-01-01", "2025-05-31", []string{"2025-05-31", "2025-04-30", "2025-03-31", "2025-02-28", "2025-01-31"}},
		{"leap year", Rule{Every: "1y", From: "2020-02-29"}, "2023-01-01", "2024-12-31", []string{"2024-02-29", "2023-02-28"}},
		{"weeks until", Rule{Every: "1w", From: "2025-01-01", Until: "2025-01-15"}, "2025-01-01", "2025-03-01", []string{"2025-01-15", "2025-01-08", "2025-01-01"}},
		{"not before its start", Rule{Every: "1d", From: "2025-01-03"}, "2025-01-01", "2025-01-04", []string{"2025-01-04", "2025-01-03"}},
		{"single, relative", Rule{On: "-3d"}, "2025-01-01", "2025-02-01", []string{"2025-01-29"}},
		{"single, absolute", Rule{On: "2025-01-05"}, "2025-01-01", "2025-02-01", []string{"2025-01-05"}},
		{"single, outside", Rule{On: "2024-01-05"}, "2025-01-01", "2025-02-01", nil},
	}
	for _, tt := range tests {
		tt.rule.Label, tt.rule.Amount = "x", "1.00"
		a := &AccountSpec{ID: "a", Currency: "EUR", Rules: []Rule{tt.rule}}
		var got []string
		for _, m := range movements("s", a, calendar{started: day("2025-02-01"), from: day(tt.from), to: day(tt.to)}) {
			got = append(got, m.Date.Format(time.DateOnly))
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestScenariosAreWellFormed(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, s := range Scenarios() {
		for _, n := range append([]string{s.Name}, s.Aliases...) {
			if seen[n] {
				t.Errorf("%s names two scenarios", n)
			}
			seen[n] = true
		}
		if s.Summary == "" || strings.Contains(s.Summary, "\n") || len(s.Sources) == 0 {
			t.Errorf("%s: %+v", s.Name, s)
		}
	}
	for _, powens := range []string{
		"par", "pro", "SCARequired", "SCARequiredAndOTP", "SCARequiredAndDecoupled", "additionalInformationNeeded",
		"shortDecoupled", "actionNeeded", "passwordExpired", "wrongpass", "bug",
	} {
		if !seen[powens] {
			t.Errorf("Powens' value %s is unknown", powens)
		}
	}
}

// TestImageShowsItsDigits reads the PNG back, dot by dot.
func TestImageShowsItsDigits(t *testing.T) {
	t.Parallel()
	const digits = "0123456789"
	img, err := png.Decode(bytes.NewReader(drawDigits(digits)))
	if err != nil {
		t.Fatal(err)
	}
	dark := func(x, y int) bool { return color.GrayModel.Convert(img.At(x, y)).(color.Gray).Y < 0x80 }
	for i, d := range digits {
		left, top := i*cellWide+dot, (1+i%2)*dot+dot/2
		for row, bits := range glyphs[d-'0'] {
			for col := range 5 {
				want := bits&(1<<(4-col)) != 0
				if got := dark(left+col*dot+dot/2, top+row*dot+dot/2); got != want {
					t.Fatalf("digit %c, dot %d/%d: dark %v, want %v", d, row, col, got, want)
				}
			}
		}
	}
	if !bytes.Equal(drawDigits("42"), drawDigits("42")) || bytes.Equal(drawDigits("42"), drawDigits("43")) {
		t.Error("the image is not a function of its digits")
	}
}

func TestShelf(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	s := newShelf[int](time.Minute, 3)
	for i, k := range []string{"a", "b", "c"} {
		s.put(k, i, now.Add(time.Duration(i)*time.Second))
	}
	s.put("d", 3, now.Add(3*time.Second))
	if _, ok := s.get("a", now); ok || len(s.entries) != 3 {
		t.Errorf("the oldest stayed: %v", s.entries)
	}
	if v, ok := s.get("d", now.Add(time.Minute)); !ok || v != 3 {
		t.Error("d is gone too early")
	}
	if _, ok := s.get("b", now.Add(time.Minute+2*time.Second)); ok {
		t.Error("b has not lapsed")
	}
	s.put("e", 4, now.Add(time.Hour))
	s.put("f", 5, now.Add(time.Hour))
	s.put("g", 6, now.Add(time.Hour))
	if len(s.entries) > 3 {
		t.Errorf("%d entries, at most 3", len(s.entries))
	}
}

func TestRefusalFromForeignErrors(t *testing.T) {
	t.Parallel()
	if got := AsRefusal(errors.New("x")).Code; got != CodeBug {
		t.Errorf("code = %s, want bug", got)
	}
}

func TestDefaultsOfRandomnessAndClock(t *testing.T) {
	t.Parallel()
	b, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	one, err := b.SignIn(SignIn{Login: "dev", Password: "dev", Source: DirectAccess})
	if err != nil {
		t.Fatal(err)
	}
	two, err := b.SignIn(SignIn{Login: "dev", Password: "dev", Source: DirectAccess})
	if err != nil {
		t.Fatal(err)
	}
	if one.ID == two.ID || one.Device == two.Device || len(one.ID) < 32 {
		t.Errorf("ids %q and %q", one.ID, two.ID)
	}
	if d := time.Since(b.Now()); d < 0 || d > time.Minute {
		t.Errorf("the bank's clock is %v off", d)
	}
}
