package page

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/a-h/templ"
)

// ids answers with the message id, so that a test sees which sentence was chosen.
type ids struct{}

func (ids) T(id string, _ map[string]any) string { return "[" + id + "]" }

func html(t *testing.T, c templ.Component) string {
	t.Helper()
	var out bytes.Buffer
	if err := Render(t.Context(), &out, c); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestRenderWritesNothingWhenThePageFails(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	c := templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, _ = io.WriteString(w, "half a page")
		return broken
	})
	var out bytes.Buffer
	if err := Render(t.Context(), &out, c); !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
	if out.Len() != 0 {
		t.Errorf("%q was written", out.String())
	}
}

type deaf struct{}

func (deaf) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestRenderTellsOfAWriteThatFailed(t *testing.T) {
	t.Parallel()
	if err := Render(t.Context(), deaf{}, Terms{Base: Base{T: ids{}}}.View()); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("got %v, want %v", err, io.ErrClosedPipe)
	}
}

func TestFieldNeverShowsWhatIsSecret(t *testing.T) {
	t.Parallel()
	for _, f := range []Field{
		{Name: "a", Kind: KindPassword, Value: "s3cret"},
		{Name: "b", Kind: KindOTP, Value: "s3cret"},
		{Name: "c", Kind: KindText, Secret: true, Value: "s3cret"},
		{Name: "d", Kind: KindNumber, Secret: true, Value: "s3cret"},
	} {
		if got := html(t, field(Base{T: ids{}}, f)); strings.Contains(got, "s3cret") {
			t.Errorf("%s field %s: %s", f.Kind, f.Name, got)
		}
	}
}

func TestFieldAttributes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		field Field
		want  []string
		never []string
	}{
		{
			"login",
			Field{Name: "login", Kind: KindText, Required: true, MaxLength: 8, Pattern: "[0-9]{8}", Numeric: true, Autocomplete: "username", Value: "42"},
			[]string{`type="text"`, `name="field.login"`, `value="42"`, `required`, `maxlength="8"`, `pattern="[0-9]{8}"`, `inputmode="numeric"`, `autocomplete="username"`},
			[]string{"aria-invalid", "[field.optional]"},
		},
		{
			"password",
			Field{Name: "p", Kind: KindPassword, Required: true},
			[]string{`type="password"`, `autocomplete="current-password"`, `data-reveal="f-p"`},
			[]string{"maxlength"},
		},
		{
			"secret text",
			Field{Name: "s", Kind: KindText, Secret: true, Required: true},
			[]string{`type="password"`},
			nil,
		},
		{
			"code",
			Field{Name: "otp", Kind: KindOTP, Required: true, Numeric: true, MaxLength: 6},
			[]string{`type="text"`, `autocomplete="one-time-code"`, `inputmode="numeric"`, "data-code"},
			[]string{`type="password"`},
		},
		{
			"date",
			Field{Name: "d", Kind: KindDate, MaxLength: 10, Value: "2001-02-03"},
			[]string{`type="date"`, `value="2001-02-03"`, "[field.optional]"},
			[]string{"maxlength"},
		},
		{
			"error and help",
			Field{Name: "e", Kind: KindEmail, Help: "hint", Error: ErrorEmail},
			[]string{`aria-invalid="true"`, `aria-describedby="f-e-error f-e-help"`, "[field.email]", "hint", `type="email"`},
			nil,
		},
		{
			"list",
			Field{Name: "l", Kind: KindList, Required: true, Options: []Option{{Value: "a", Label: "A"}, {Value: "b", Label: "B"}}, Value: "b"},
			[]string{`<select`, `<option value="b" selected>B</option>`, `<option value="a">A</option>`},
			[]string{"[field.choose]"},
		},
		{
			"choice",
			Field{Name: "c", Kind: KindChoice, Required: true, Options: []Option{{Value: "a", Label: "A"}}},
			[]string{`type="radio"`, `name="field.c"`, "<legend>"},
			[]string{"checked"},
		},
		{"hidden", Field{Name: "h", Kind: KindHidden, Value: "x"}, []string{`type="hidden"`, `name="field.h"`, `value="x"`}, []string{"<label"}},
		{"markup", Field{Name: "m", Label: "<b>x</b>", Help: `"><script>`}, []string{"&lt;b&gt;"}, []string{"<b>", "<script>"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := html(t, field(Base{T: ids{}}, c.field))
			for _, w := range c.want {
				if !strings.Contains(got, w) {
					t.Errorf("lacks %s\n%s", w, got)
				}
			}
			for _, n := range c.never {
				if strings.Contains(got, n) {
					t.Errorf("has %s\n%s", n, got)
				}
			}
		})
	}
}

func TestLoneErrorTakesTheFocusWithoutASummary(t *testing.T) {
	t.Parallel()
	one := Challenge{Base: Base{T: ids{}}, Fields: []Field{{Name: "otp", Kind: KindOTP, Error: ErrorWrongCode}, {Name: "h", Kind: KindHidden}}}
	if got := html(t, one.View()); strings.Contains(got, "[field.summary]") || !strings.Contains(got, "autofocus") {
		t.Errorf("want the focus on the field and no summary: %s", got)
	}
	two := Credentials{Base: Base{T: ids{}}, Fields: []Field{{Name: "a", Error: ErrorRequired}, {Name: "b"}}}
	if got := html(t, two.View()); !strings.Contains(got, "[field.summary]") || !strings.Contains(got, `href="#f-a"`) {
		t.Errorf("want a summary that leads to the field: %s", got)
	}
}

func TestAccountsStandOnTheirShelves(t *testing.T) {
	t.Parallel()
	got := arrange([]Account{{ID: "1", Type: "loan"}, {ID: "2", Type: "checking"}, {ID: "3", Type: "new at the bank"}, {ID: "4", Type: "card"}})
	var order []string
	for _, s := range got {
		order = append(order, s.title)
		for _, a := range s.accounts {
			order = append(order, a.ID)
		}
	}
	want := []string{"family.everyday", "2", "4", "family.loans", "1", "family.other", "3"}
	if !slices.Equal(order, want) {
		t.Errorf("got %q, want %q", order, want)
	}
	if got, want := families(Base{T: ids{}}, []string{"pea", "checking", "market", "card"}), "[family.everyday], [family.investments]"; got != want {
		t.Errorf("families = %q, want %q", got, want)
	}
}

func TestUnavailableAccountIsNeverTicked(t *testing.T) {
	t.Parallel()
	p := AccountSelection{Base: Base{T: ids{}}, Accounts: []Account{{ID: "7", Ticked: true, Unavailable: UnavailableNotAsked}}}
	got := html(t, p.View())
	if strings.Contains(got, "checked") || !strings.Contains(got, "disabled") || strings.Contains(got, "[accounts.submit]") {
		t.Errorf("want it disabled, unticked and no button: %s", got)
	}
}

// TestNothingToChoose: where all is shared through another way in, nothing is asked, nothing is agreed to, and one button goes on.
func TestNothingToChoose(t *testing.T) {
	t.Parallel()
	p := AccountSelection{Base: Base{T: ids{}}, Twins: true, All: true, None: true, Narrows: true}
	p.Accounts = []Account{{ID: "7", Ticked: true, Unavailable: SharedThrough("B", true)}, {ID: "8", Unavailable: SharedThrough("B", false)}}
	got := html(t, p.View())
	for _, want := range []string{"[accounts.twins_title]", "[accounts.twins_lead", "[accounts.shared_at_bank", "[accounts.shared_here", "[action.continue]"} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is missing: %s", want, got)
		}
	}
	for _, not := range []string{"checkbox", "[accounts.all_consent", "[accounts.withdraw]", "[accounts.unavailable]", "[accounts.narrows]", "[accounts.none_means"} {
		if strings.Contains(got, not) {
			t.Errorf("%s is there: %s", not, got)
		}
	}
	if n := strings.Count(got, "<button"); n != 1 {
		t.Errorf("%d buttons, want one", n)
	}
}

func TestUnknownStatesFallBackToSomethingTrue(t *testing.T) {
	t.Parallel()
	b := Base{T: ids{}, ClientName: "C"}
	for _, c := range []struct {
		page templ.Component
		want string
	}{
		{Failed{Base: b, Reason: "martians"}.View(), "[failed.turn_us]"},
		{Waiting{Base: b, Kind: "martians"}.View(), "[waiting.bank]"},
		{Ended{Base: b, End: "martians"}.View(), "[ended.expired]"},
		{Challenge{Base: b, Medium: "martians"}.View(), "[challenge.title]"},
		{ErrorPage{Base: b, Status: 418}.View(), "[error.bad_request]"},
		{ErrorPage{Base: b, Status: 507}.View(), "[error.internal]"},
		{ErrorPage{Base: b}.View(), "[error.internal]"},
	} {
		if got := html(t, c.page); !strings.Contains(got, c.want) {
			t.Errorf("lacks %s\n%s", c.want, got)
		}
	}
}

func TestAwayNeverLeadsToAnUnsafeAddress(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"javascript:alert(1)", "data:text/html,x", "//evil.example"} {
		if got := html(t, Away{Base: Base{T: ids{}}, URL: url}.View()); strings.Contains(got, url) {
			t.Errorf("the page leads to %s", url)
		}
	}
}

func TestRefreshIsForPagesWithoutScript(t *testing.T) {
	t.Parallel()
	got := html(t, Waiting{Base: Base{T: ids{}, AttemptPath: "/en/attempt/1", Step: 4}, Refresh: 5}.View())
	for _, want := range []string{
		`<noscript><meta http-equiv="refresh" content="5"></noscript>`, `data-status="/en/attempt/1/status?step=4"`, `data-home="/en/attempt/1"`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("lacks %s\n%s", want, got)
		}
	}
}

func TestWaitingExtendsInsteadOfFailing(t *testing.T) {
	t.Parallel()
	p := Waiting{Base: Base{T: ids{}}, Kind: WaitApproval, Timed: true, CanRestart: true}
	got := html(t, p.View())
	for _, want := range []string{"[waiting.time_over]", "[waiting.approved]", "[waiting.restart]"} {
		if !strings.Contains(got, want) {
			t.Errorf("lacks %s", want)
		}
	}
	p.Left = 1
	if got := html(t, p.View()); strings.Contains(got, "[waiting.restart]") {
		t.Error("offers to start again while the bank still waits")
	}
}

func BenchmarkPicker(b *testing.B) {
	p := Picker{Base: Base{T: ids{}, AttemptPath: "/en/attempt/1"}, Popular: make([]Connector, 12)}
	b.ReportAllocs()
	for b.Loop() {
		if err := Render(b.Context(), io.Discard, p.View()); err != nil {
			b.Fatal(err)
		}
	}
}
