package page

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
)

// full answers with the message id and its arguments.
type full struct{}

func (full) T(id string, args map[string]any) string {
	out := "[" + id
	for _, name := range []string{"Count", "Date"} {
		if v, ok := args[name]; ok {
			out += fmt.Sprintf(" %#v", v)
		}
	}
	return out + "]"
}

func TestStandingOfAConnection(t *testing.T) {
	t.Parallel()
	read := time.Date(2026, time.May, 3, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name               string
		connection         Connection
		title, badge, tone string
		turn               Turn
	}{
		{"works", Connection{LastUpdate: read}, "state.works", "", "well", ""},
		{"never read", Connection{}, "state.first", "", "idle", ""},
		{"ends soon", Connection{LastUpdate: read, Ends: EndsSoon}, "state.works", "badge.ends_soon", "well", ""},
		{"has ended", Connection{LastUpdate: read, Ends: EndsOver}, "state.ended", "badge.your_turn", "asks", TurnYou},
		{"refused, and has ended", Connection{State: "wrongpass", Ends: EndsOver}, "state.wrongpass", "badge.your_turn", "asks", TurnYou},
		{"down", Connection{State: "websiteUnavailable", LastUpdate: read}, "state.down", "", "idle", TurnBank},
		{"down, and ends soon", Connection{State: "websiteUnavailable", Ends: EndsSoon}, "state.down", "badge.ends_soon", "idle", TurnBank},
		{"unknown", Connection{State: "hologram"}, "state.bug", "", "idle", TurnUs},
	} {
		got := c.connection.standing()
		if got.title != c.title || got.turn != c.turn || c.connection.badge() != c.badge || c.connection.tone() != c.tone {
			t.Errorf("%s: %s, turn %q, badge %q, tone %q; want %s, %q, %q, %q", c.name, got.title, got.turn, c.connection.badge(),
				c.connection.tone(), c.title, c.turn, c.badge, c.tone)
		}
	}
}

func TestEveryStateHasWords(t *testing.T) {
	t.Parallel()
	for _, state := range States() {
		s, ok := standings[state]
		if !ok || s.title == "" || s.next == "" || turnTexts[s.turn] == "" {
			t.Errorf("%s: %+v", state, s)
		}
		if Why(state).Empty() {
			t.Errorf("%s has no reason to sign in again", state)
		}
	}
	if len(standings) != len(States())+1 || !Why("").Empty() {
		t.Errorf("%d states have words, want those listed and the one that works", len(standings))
	}
}

func TestConnectionNamesItsAccounts(t *testing.T) {
	t.Parallel()
	accounts := []Account{{Name: "A", Masked: "•• 4821"}, {Name: "B"}, {Name: "C"}, {Name: "D"}}
	for n, want := range []string{"", "A\u00a0••\u00a04821", "A\u00a0••\u00a04821, B", "A\u00a0••\u00a04821, B [overview.more 1]", "A\u00a0••\u00a04821, B [overview.more 2]"} {
		if got := (Connection{Shared: accounts[:n]}).named(Base{T: full{}}); got != want {
			t.Errorf("%d accounts: %q, want %q", n, got, want)
		}
	}
}

func TestConnectionSaysHowMuchIsShared(t *testing.T) {
	t.Parallel()
	one, until := []Account{{Name: "A"}}, time.Date(2026, time.May, 3, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		connection Connection
		want       string
	}{
		{Connection{}, "[overview.nothing]"},
		{Connection{Until: until}, "[overview.nothing]"},
		{Connection{Shared: one}, "[another.accounts 1]"},
		{Connection{Shared: one, Until: until}, "[overview.until 1 \"[date.long]\"]"},
		{Connection{Shared: one, Until: until, Ends: EndsOver}, "[overview.ended \"[date.long]\"]"},
	} {
		if got := c.connection.sharing(Base{T: full{}}); got != c.want {
			t.Errorf("%+v: %q, want %q", c.connection, got, c.want)
		}
	}
}

// mains are the labels of a page's main buttons.
func mains(t *testing.T, c templ.Component) []string {
	t.Helper()
	var out []string
	for _, part := range strings.Split(html(t, c), `<button class="main" type="submit">`)[1:] {
		label, _, _ := strings.Cut(part, "<")
		out = append(out, label)
	}
	return out
}

// TestConnectionPageHasOneThingToDo: the main button is the one that the end user needs, and there is never a second.
func TestConnectionPageHasOneThingToDo(t *testing.T) {
	t.Parallel()
	read := time.Date(2026, time.May, 3, 0, 0, 0, 0, time.UTC)
	until := read.Add(time.Hour)
	for _, c := range []struct {
		name string
		page ConnectionPage
		want []string
	}{
		{"works", ConnectionPage{Connection: Connection{LastUpdate: read, Until: until}, CanRenew: true, CanReset: true}, nil},
		{"refused", ConnectionPage{Connection: Connection{State: "wrongpass", Until: until}, CanRepair: true, CanRenew: true}, []string{"[connection.repair]"}},
		{"refused, ends", ConnectionPage{Connection: Connection{State: "wrongpass", Until: until, Ends: EndsOver}, CanRepair: true, CanRenew: true}, []string{"[connection.repair]"}},
		{"checking", ConnectionPage{Connection: Connection{State: "validating"}, CanRepair: true}, nil},
		{"ends soon", ConnectionPage{Connection: Connection{LastUpdate: read, Until: until, Ends: EndsSoon}, CanRenew: true}, []string{"[connection.renew]"}},
		{"ended, at the bank", ConnectionPage{Connection: Connection{LastUpdate: read, Until: until, Ends: EndsOver}, CanRenew: true}, []string{"[connection.renew]"}},
		{"ended, here", ConnectionPage{Connection: Connection{LastUpdate: read, Until: until, Ends: EndsOver}}, []string{"[connection.renew]"}},
		{"down, ended", ConnectionPage{Connection: Connection{State: "websiteUnavailable", Until: until, Ends: EndsOver}, CanRenew: true}, []string{"[connection.renew]"}},
	} {
		c.page.Base = Base{T: ids{}, AttemptPath: "/en/attempt/x"}
		if got := mains(t, c.page.View()); !slices.Equal(got, c.want) {
			t.Errorf("%s: main buttons %q, want %q", c.name, got, c.want)
		}
	}
}

// TestRemovalIsNotTheDefault: the first button, and the one that stands out, keeps the connection.
func TestRemovalIsNotTheDefault(t *testing.T) {
	t.Parallel()
	page := Removal{Base: Base{T: ids{}, AttemptPath: "/en/attempt/x"}}.View()
	if got := mains(t, page); !slices.Equal(got, []string{"[removal.keep]"}) {
		t.Errorf("main buttons %q, want the one that keeps", got)
	}
	text := html(t, page)
	if keep, remove := strings.Index(text, "/back"), strings.Index(text, "/remove\""); keep < 0 || remove < keep {
		t.Errorf("the button that removes comes before the one that keeps")
	}
}

func TestKnownOffersWhatHelpsFirst(t *testing.T) {
	t.Parallel()
	for state, want := range map[string]string{"wrongpass": `class="main" type="submit" name="choice" value="repair"`, "": `class="main" type="submit" name="choice" value="accounts"`} {
		p := Known{Base: Base{T: ids{}, AttemptPath: "/en/attempt/x"}, Connections: []Connection{{ID: "7", State: state}}}
		if got := html(t, p.View()); !strings.Contains(got, want) || strings.Count(got, `class="main"`) != 1 {
			t.Errorf("state %q: %q is not the one main button", state, want)
		}
	}
}

func TestSelectionSaysWhatItIsFor(t *testing.T) {
	t.Parallel()
	b := Base{T: ids{}}
	for _, c := range []struct {
		page        AccountSelection
		title, lead string
	}{
		{AccountSelection{Base: b}, "[accounts.title]", "[accounts.lead]"},
		{AccountSelection{Base: b, Kind: SelectionChange}, "[accounts.title]", "[accounts.change_lead]"},
		{AccountSelection{Base: b, Kind: SelectionRenew}, "[accounts.renew_title]", "[accounts.change_lead]"},
	} {
		if c.page.Title() != c.title || c.page.Lead() != c.lead {
			t.Errorf("%q: %s %s, want %s %s", c.page.Kind, c.page.Title(), c.page.Lead(), c.title, c.lead)
		}
	}
}
