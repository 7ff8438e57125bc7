package testbank

import (
	"slices"
	"strings"
	"testing"
	"time"
)

const address = "https://files.example/a.txt"

// enter signs in to the integration brand with what a file holds.
func enter(b *Bank, in SignIn, file string) (Visit, error) {
	in.Brand, in.Source = BrandIntegration, DirectAccess
	if file != "" {
		parsed, err := ParseBook([]byte(file))
		if err != nil {
			return Visit{}, err
		}
		in.File, in.Book = address, parsed
	}
	return b.SignIn(in)
}

func fixed(t *testing.T) (*Bank, *time.Time) {
	t.Helper()
	now := time.Date(2025, 6, 15, 10, 0, 0, 0, time.UTC)
	return opened(t, &now), &now
}

func TestWho(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		who   Who
		name  string
		valid bool
	}{
		{Who{Login: "dev"}, "dev", true},
		{Who{Login: "me@example.com"}, "me@example.com", true},
		{Who{Brand: BrandIntegration, Login: "dev"}, "dev@integration", true},
		{Who{Brand: BrandIntegration, Login: "me@example.com", File: address}, "me@example.com@" + address, true},
		{Who{Brand: BrandIntegration, Login: "dev", File: "http://127.0.0.1:1/a?x=@integration/"}, "dev@http://127.0.0.1:1/a?x=@integration/", true},
		{Who{Brand: BrandSimulator, Login: "linxo simulator", Profile: "wealthdemo.json"}, "linxo simulator@simulator/wealthdemo.json", true},
		// A login of one brand that is the name of another's customer is let in nowhere.
		{Who{Login: "dev@integration"}, "dev@integration", false},
		{Who{Login: "dev@" + address}, "dev@" + address, false},
		{Who{Login: "a@simulator/b"}, "a@simulator/b", false},
		{Who{Login: ""}, "", false},
		{Who{Brand: "moon", Login: "a"}, "a", false},
		{Who{Login: strings.Repeat("a", 129)}, strings.Repeat("a", 129), false},
	} {
		if got := tt.who.String(); got != tt.name {
			t.Errorf("%+v is called %q, want %q", tt.who, got, tt.name)
		}
		if got := tt.who.valid(); got != tt.valid {
			t.Errorf("%q: valid %v, want %v", tt.name, got, tt.valid)
		}
	}
}

func TestReadAddress(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		" https://Example.COM/A.txt?x=1#part ": "https://example.com/A.txt?x=1", "HTTP://127.0.0.1:8080/a": "http://127.0.0.1:8080/a",
		"ftp://example.com/a": "", "/a.txt": "", "https:///a": "", "https://user:secret@example.com/a": "", "example.com/a": "", "://": "",
		"https://example.com/" + strings.Repeat("a", maxAddress): "",
	} {
		u, err := ReadAddress(raw)
		if want == "" {
			if err == nil || AsRefusal(err).Code != CodeBadConfiguration || strings.Contains(AsRefusal(err).Message, "secret") {
				t.Errorf("%q: %v, want a refusal", raw, err)
			}
			continue
		}
		if err != nil || u.String() != want {
			t.Errorf("%q: %v, %v; want %s", raw, u, err, want)
		}
	}
}

// TestIntegrationLogins: dev/dev and the names of scenarios without a file; with one, what it says.
func TestIntegrationLogins(t *testing.T) {
	t.Parallel()
	const file = "CREDENTIALS|alex|word\nACCOUNT|a|||1.50|Loans"
	for _, tt := range []struct {
		login, password, file string
		want                  Code
	}{
		{"dev", "dev", "", ""},
		{"dev", "1234", "", CodeBadCredentials},
		{"anybody", "1234", "", CodeBadCredentials},
		{"bank_down", "dev", "", CodeUnavailable},
		{"action_needed", "dev", "", CodeActionNeeded},
		{"action_needed", "no", "", CodeBadCredentials},
		{"alex", "word", file, ""},
		{"alex", "dev", file, CodeBadCredentials},
		{"dev", "dev", file, CodeBadCredentials},
		{"alex", "word", "", CodeBadCredentials},
		{"alex", "word", file + "\nSTATE|passwordExpired", CodePasswordExpired},
	} {
		b, _ := fixed(t)
		_, err := enter(b, SignIn{Login: tt.login, Password: tt.password}, tt.file)
		t.Log(tt.login, tt.password)
		wantCode(t, err, tt.want)
	}
}

// TestSameAccountFromFileToFile: an account is known by its uid, or by what its uids have in common.
func TestSameAccountFromFileToFile(t *testing.T) {
	t.Parallel()
	b, _ := fixed(t)
	list := func(lines string) []Account {
		v, err := enter(b, SignIn{Login: "a", Password: "b"}, "CREDENTIALS|a|b\n"+lines)
		if err != nil {
			t.Fatal(err)
		}
		out, err := b.SiteAccounts(v.ID)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	before := list("ACCOUNT|one|111||1|Loans\nACCOUNT|2024-x||01/01/25|2|Loans|[0-9]+-x|true\nACCOUNT|3|||3|Loans|.|false")
	after := list("ACCOUNT|2025-x||01/01/25|5|Loans|[0-9]+-x|true\nACCOUNT|one|999||4|Savings|||Owner|Name|||FR7600000000003000400000108\nACCOUNT|4|||3|Loans|.|false")
	if after[1].UID != before[0].UID || after[0].UID != before[1].UID || after[0].Number != before[1].Number || after[2].UID == before[2].UID {
		t.Errorf("after %+v, before %+v", after, before)
	}
	if got := after[1]; got.Owner != "Owner" || got.Number != "999" || got.BalanceText() != "4.00" || got.Type != "savings" || after[0].BalanceDate != "2025-01-01" {
		t.Errorf("account = %+v", got)
	}
	other, err := b.SignIn(SignIn{Brand: BrandIntegration, Login: "a", Password: "b", File: "https://files.example/b.txt", Book: book(t, "CREDENTIALS|a|b\nACCOUNT|one|111||1|Loans"), Source: DirectAccess})
	if err != nil {
		t.Fatal(err)
	}
	if theirs, err := b.SiteAccounts(other.ID); err != nil || theirs[0].UID == before[0].UID {
		t.Errorf("the account of another file is %+v (%v), want another one", theirs, err)
	}
}

// TestStateChangesInTheFile: what the file says at the next reading counts, for those who were let in before too.
func TestStateChangesInTheFile(t *testing.T) {
	t.Parallel()
	const file = "CREDENTIALS|a|b\nACCOUNT|x|||1|Checkings\n"
	b, _ := fixed(t)
	first, err := enter(b, SignIn{Login: "a", Password: "b", Attended: true}, file)
	wantCode(t, err, "")
	again := func(lines string, attended bool) error {
		_, err := enter(b, SignIn{Login: "a", Password: "b", Device: first.Device, Attended: attended, Confirm: attended}, file+lines)
		return err
	}
	token := let(t, b, "x")
	for k := range b.access.entries {
		consent, _ := b.byToken(k)
		consent.Login, consent.owner.brand = "a@"+address, BrandIntegration
	}
	api := func(lines string) error {
		if err := b.ConsentReread(token, book(t, file+lines)); err != nil {
			return err
		}
		_, err := b.APIAccounts(token, false)
		return err
	}
	for _, step := range []struct {
		lines     string
		site, api Code
	}{
		{"", "", ""},
		{"STATE|bank_down", CodeUnavailable, CodeUnavailable},
		{"STATE|wrongpass", CodeBadCredentials, CodeBadCredentials},
		{"STATE|action_needed", CodeActionNeeded, CodeActionNeeded},
		{"", "", ""},
		{"CHALLENGE|TEXT||2468", CodeSCARequired, CodeSCARequired},
		{"", "", ""},
		{"STATE|rate_limit", "", CodeRateLimited},
	} {
		t.Logf("%q", step.lines)
		wantCode(t, again(step.lines, false), step.site)
		wantCode(t, api(step.lines), step.api)
	}
	// What the control says goes before the file.
	apply(t, b, Change{Login: "a@" + address, Scenario: to("password_expired")})
	wantCode(t, again("", false), CodePasswordExpired)
	wantCode(t, api(""), CodePasswordExpired)
}

// TestChallengesOfAFile: they are asked in order, in the file's words, and answered with its answers.
func TestChallengesOfAFile(t *testing.T) {
	t.Parallel()
	b, now := fixed(t)
	const file = "CREDENTIALS|a|b\nCHALLENGE|TEXT|Your code?|2468\nCHALLENGE|QUESTION|What is your dog called?|Rex\nCHALLENGE|IMAGE||135790\nCHALLENGE|APP||APPROVE\n"
	v, err := enter(b, SignIn{Login: "a", Password: "b", Attended: true}, file)
	wantCode(t, err, "")
	var asked []string
	for _, answer := range []string{"2468", " rEX", "135790"} {
		asked = append(asked, v.Challenge.Message)
		_, err = b.Answer(v.ID, v.Challenge.ID, "0000")
		wantCode(t, err, CodeWrongCode)
		v, err = b.Answer(v.ID, v.Challenge.ID, answer)
		wantCode(t, err, "")
	}
	if want := []string{"Your code?", "What is your dog called?", askImage}; !slices.Equal(asked, want) || v.Challenge.Kind != KindApp {
		t.Errorf("asked %q and then %+v, want %q and an approval", asked, v.Challenge, want)
	}
	*now = now.Add(3 * time.Second)
	if v, err = b.Visit(v.ID); err != nil || v.Challenge != nil {
		t.Fatalf("visit = %+v, %v; want signed in", v, err)
	}
	device := v.Device
	// The program is known now; ALWAYS asks it all the same.
	v, err = enter(b, SignIn{Login: "a", Password: "b", Device: device}, file)
	if wantCode(t, err, ""); v.Challenge != nil {
		t.Errorf("asked again: %+v", v.Challenge)
	}
	v, err = enter(b, SignIn{Login: "a", Password: "b", Device: device, Attended: true, Confirm: true}, file+"CHALLENGE|CHOICE|||ALWAYS")
	wantCode(t, err, "")
	if v.Challenge == nil || v.Challenge.Message != "Your code?" {
		t.Errorf("challenge = %+v", v.Challenge)
	}
}

// TestNewURLCountsFromTheNextLogin walks a chain of files.
func TestNewURLCountsFromTheNextLogin(t *testing.T) {
	t.Parallel()
	b, _ := fixed(t)
	const second, third = "https://files.example/2.txt", "https://files.example/3.txt"
	files := map[string]string{
		address: "CREDENTIALS|a|b\nNEWURL|" + second, second: "CREDENTIALS|a|b\nNEWURL|" + third, third: "CREDENTIALS|a|c\n",
	}
	w := Who{Brand: BrandIntegration, Login: "a", File: address}
	var read []string
	for _, password := range []string{"b", "b", "wrong", "c", "c"} {
		at := b.Address(w, true)
		_, err := enter(b, SignIn{Login: "a", Password: password}, files[at])
		if password == "wrong" {
			wantCode(t, err, CodeBadCredentials)
			continue
		}
		wantCode(t, err, "")
		if now := b.Address(w, false); now != at {
			t.Errorf("after the login that read %s, readings take %s", at, now)
		}
		read = append(read, at)
	}
	if want := []string{address, second, third, third}; !slices.Equal(read, want) {
		t.Errorf("read %q, want %q", read, want)
	}
	if got := b.Address(Who{Login: "a"}, true) + b.Address(Who{Brand: BrandIntegration, Login: "dev"}, true); got != "" {
		t.Errorf("customers without a file are read from %q", got)
	}
}

// TestSimulator holds the profiles against what is published of them.
func TestSimulator(t *testing.T) {
	t.Parallel()
	counts := map[string][2]int{"wealthdemo.json": {13, 0}, "wealthdemo_with_cacc.json": {15, 2}, "default_savings_wealth.json": {5, 0}, "default_cacc_savings.json": {3, 2}}
	if len(Profiles()) != len(counts) {
		t.Errorf("%d profiles", len(Profiles()))
	}
	for _, p := range Profiles() {
		b, now := fixed(t)
		in := SignIn{Brand: BrandSimulator, Login: "linxo simulator", Password: "Linxo13!", Profile: p.Name, Source: DirectAccess}
		v, err := b.SignIn(in)
		wantCode(t, err, "")
		site, err := b.SiteAccounts(v.ID)
		wantCode(t, err, "")
		in.Source = OpenAPI
		v, err = b.SignIn(in)
		wantCode(t, err, "")
		api := b.accounts(b.ownerOf(b.visits.entries[v.ID].value), *now)
		if got := [2]int{len(site), len(api)}; got != counts[p.Name] {
			t.Errorf("%s: %d accounts on the website and in the API, want %d", p.Name, got, counts[p.Name])
		}
		if p.Name == "default_savings_wealth.json" && site[0].Name != "Boursorama Vie" {
			t.Errorf("the first account is %s", site[0].Name)
		}
		in.Password = "1234"
		_, err = b.SignIn(in)
		wantCode(t, err, CodeBadCredentials)
		in.Login, in.Password = "otp_text", "Linxo13!"
		if v, err = b.SignIn(in); err != nil || v.Challenge == nil {
			t.Errorf("otp_text: %+v, %v", v, err)
		}
		in.Profile = "moon.json"
		_, err = b.SignIn(in)
		wantCode(t, err, CodeInvalidRequest)
	}
}
