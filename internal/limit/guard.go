package limit

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"log/slog"
	"net/netip"
	"strconv"
	"time"
)

// GuardRules are the limits of logins.
type GuardRules struct {
	// Window is how long a login counts.
	Window time.Duration
	// Calm is how many logins a network may try that are not let in, Pressed how many of them where a client application or a
	// connector is guessed at from all over.
	Calm, Pressed int
	// Mark is how many refused logins there must be of a client application or a connector for that, and more than a third of those
	// that were let in: of people who know their passwords fewer than a quarter are refused.
	Mark int
	// Share is how many logins of one network count towards a mark.
	Share int
}

// GuardDefaults are the limits where the operator says nothing.
func GuardDefaults() GuardRules {
	return GuardRules{Window: 15 * time.Minute, Calm: 20, Pressed: 1, Mark: 100, Share: 3}
}

// Tries counts in the store, where the Counter does not answer: TakeLogin counts one more under a key unless there are most, and says
// when it may be again where there are.
type Tries interface {
	TakeLogin(ctx context.Context, key []byte, most int, now time.Time) (again time.Time, err error)
	GiveBackLogin(ctx context.Context, key []byte) error
}

// Guard slows those down who try stolen passwords at the forms for credentials.
//
// One login is safe already: five tries in a row and no more, whoever makes them. Who has a list of stolen passwords tries each
// login once, and shows by two things: many logins from one network are not let in, and at one client application or connector many
// more are refused than people forget their passwords. Neither may be turned against others, who would be locked out with a few
// thousand requests. So nothing is ever refused because a client application or a connector is being guessed at: that only lowers
// what each network is allowed, from Calm logins to Pressed ones. A network counts Share times towards a mark and no more, so that
// one, or a few, cannot press anybody; the mark grows with the logins that are let in, so that a large client application is not
// pressed by its customers' slips. Every network keeps its first login, with all five tries at its password, whatever others do:
// that is what people need. Visits that a client backend vouches for, by a code of a lasting user, keep the calm limit: users are
// counted for themselves.
//
// What it cannot do: thousands of networks that try one login each look like thousands of people. They get as many guesses as they
// are networks in each window, the log and the metrics show them, and each login still has its five tries.
//
// The nil Guard lets everything through.
type Guard struct {
	// Limiter counts marks and shares; its Counter and MAC count the logins of networks.
	Limiter *Limiter
	// Tries decides where the Counter does not answer.
	Tries    Tries
	Networks Networks
	Rules    GuardRules
}

// Try is a login on its way to a bank.
type Try struct {
	// ClientID is the client application, Connector the connector's id.
	ClientID  int64
	Connector string
	// Address is the end user's; Login a keyed hash of who they say they are at the bank.
	Address string
	Login   []byte
	// Vouched says that a client backend stands for this end user.
	Vouched bool
}

// errNoCounter: nothing is shared, so that the store decides; without one nothing is let through.
var errNoCounter = errors.New("limit: the counter does not answer, and no store decides in its place")

// Outcome is what a bank said to a login.
type Outcome int

// The outcomes.
const (
	// Unsaid: nothing that tells whether it was right.
	Unsaid Outcome = iota
	// Right: it went on, to the accounts or to a second factor.
	Right
	// Wrong: login or password were refused.
	Wrong
)

// Taken is a try that was let through, to be settled when the bank has answered.
type Taken struct {
	try     Try
	network netip.Prefix
	// at is the window it was counted in, shared the key; both are zero for one that costs nothing.
	at     int64
	shared string
	// stored is the key in the store, where it was counted there.
	stored []byte
}

// The marks of client applications and connectors, and what a network adds to them.
const (
	markWrong = "guess-wrong"
	markRight = "guess-right"
	markShare = "guess-share"
	// LimitGuess is what the limit is called where it is told.
	LimitGuess = "guess"
)

// Take counts a login before it is sent. Where wait is not 0 nothing was counted and it must not be sent: not before that time.
func (g *Guard) Take(ctx context.Context, t Try) (taken Taken, wait time.Duration, err error) {
	if g == nil || len(t.Login) == 0 {
		return Taken{}, 0, nil
	}
	network := g.Networks.Of(t.Address)
	taken = Taken{try: t, network: network}
	if !network.IsValid() {
		return taken, 0, nil
	}
	most := g.Rules.Calm
	if !t.Vouched && g.pressed(ctx, t) {
		most = g.Rules.Pressed
	}
	wait, err = g.takeShared(ctx, &taken, most)
	if err != nil {
		wait, err = g.takeStored(ctx, &taken, most)
	}
	if wait > 0 {
		d := Decision{Rule: Rule{LimitGuess, most, g.Rules.Window}}
		g.Limiter.refused(ctx, &d, Subject{Network: network})
	}
	return taken, wait, err
}

// takeShared counts by the shared Counter. Logins are counted when they are taken and, since it cannot count down, once more where
// they are settled; what counts is the difference.
func (g *Guard) takeShared(ctx context.Context, t *Taken, most int) (time.Duration, error) {
	if g.Limiter.Counter == nil {
		return 0, errNoCounter
	}
	length := g.Rules.Window
	seen := g.name("seen", t, t.try.Connector+"\x00"+string(t.try.Login))
	switch n, err := g.add(ctx, seen, length, 0); {
	case err != nil:
		return 0, err
	case n > 0: // it has its place already; its own tries are counted by the login
		return 0, nil
	}
	now := g.Limiter.Now()
	at, reach := place(now, length)
	network := g.name("network", t, "")
	before, err := g.open(ctx, network, at-1, 0)
	if err != nil {
		return 0, err
	}
	current, err := g.open(ctx, network, at, 1)
	if err != nil {
		return 0, err
	}
	if used(before, current, reach) > most {
		if _, err := g.add(ctx, settledOf(network, at), 2*length, 1); err != nil {
			return 0, err
		}
		return max(wait(before, current-1, 1, most, length, reach), time.Second), nil
	}
	t.at, t.shared = at, network
	_, err = g.add(ctx, seen, length, 1)
	return 0, err
}

// open counts n more logins of a window and says how many of them are not settled. What is settled is read first: read after, those
// that came later and were refused would make room for this one.
func (g *Guard) open(ctx context.Context, network string, at int64, n int) (int, error) {
	settled, err := g.add(ctx, settledOf(network, at), 2*g.Rules.Window, 0)
	if err != nil {
		return 0, err
	}
	taken, err := g.add(ctx, network+strconv.FormatInt(at, 36), 2*g.Rules.Window, n)
	return max(0, taken-settled), err
}

func settledOf(network string, at int64) string {
	return network + strconv.FormatInt(at, 36) + ":settled"
}

// takeStored counts in the store: what is at stake is too much to let everybody through. There it is kept as long, and begins anew
// with the last one.
func (g *Guard) takeStored(ctx context.Context, t *Taken, most int) (time.Duration, error) {
	t.shared = ""
	if g.Tries == nil {
		return 0, errNoCounter
	}
	now := g.Limiter.Now()
	stored := g.Limiter.MAC([]byte("guess\x00stored\x00" + t.network.String()))
	again, err := g.Tries.TakeLogin(ctx, stored, most, now)
	if err != nil {
		return 0, err
	}
	if !again.IsZero() {
		return max(again.Sub(now), time.Second), nil
	}
	t.stored = stored
	return 0, nil
}

// Settle says what the bank said to a login that was taken. Only a wrong one stays counted.
func (g *Guard) Settle(ctx context.Context, t Taken, o Outcome) {
	if g == nil || !t.network.IsValid() {
		return
	}
	ctx = context.WithoutCancel(ctx)
	if o != Wrong {
		g.giveBack(ctx, t)
	}
	mark := markWrong
	switch o {
	case Unsaid:
		return
	case Right:
		mark = markRight
	case Wrong:
		if t.shared == "" && t.stored == nil {
			return // one more try at the same login
		}
	}
	for _, whose := range g.marks(t.try) {
		share := Rule{markShare + mark, g.Rules.Share, g.Rules.Window}
		part := whose
		part.Network = t.network
		// Beyond its share a network is not counted; that is no refusal, and nobody is told.
		if g.Limiter.count(ctx, share, part, 1).OK {
			g.Limiter.Count(ctx, Rule{Name: mark, Window: g.Rules.Window}, whose, 1)
		}
	}
}

func (g *Guard) giveBack(ctx context.Context, t Taken) {
	var err error
	switch {
	case t.shared != "":
		_, err = g.add(ctx, settledOf(t.shared, t.at), 2*g.Rules.Window, 1)
	case t.stored != nil:
		err = g.Tries.GiveBackLogin(ctx, t.stored)
	}
	if err != nil {
		g.Limiter.Log.WarnContext(ctx, "a login stays counted by its network", "error", err)
	}
}

// pressed says whether a try's client application or connector is guessed at.
func (g *Guard) pressed(ctx context.Context, t Try) bool {
	for _, whose := range g.marks(t) {
		wrong := g.Limiter.Count(ctx, Rule{Name: markWrong, Window: g.Rules.Window}, whose, 0)
		if wrong < g.Rules.Mark {
			continue
		}
		right := g.Limiter.Count(ctx, Rule{Name: markRight, Window: g.Rules.Window}, whose, 0)
		if 3*wrong > right {
			g.tell(ctx, t, whose, wrong, right)
			return true
		}
	}
	return false
}

// tell writes once a minute whose forms are guessed at.
func (g *Guard) tell(ctx context.Context, t Try, whose Subject, wrong, right int) {
	now := g.Limiter.Now()
	e, _ := g.Limiter.table.get(key{markWrong, whose}, now)
	e.mu.Lock()
	quiet := now.Sub(e.logged) < time.Minute
	if !quiet {
		e.logged = now
	}
	e.mu.Unlock()
	if quiet {
		return
	}
	which := slog.String("connector", t.Connector)
	if whose.Text == "" {
		which = slog.Int64("client_id", t.ClientID)
	}
	g.Limiter.Log.WarnContext(ctx, "bank logins are being guessed: each network tries fewer", which, "wrong", wrong, "right", right, "window", g.Rules.Window.String())
}

func (g *Guard) marks(t Try) []Subject {
	out := []Subject{{Text: t.Connector}}
	if t.ClientID != 0 {
		out = append(out, Subject{ID: t.ClientID})
	}
	return out
}

// name is a key of a network at the Counter, from which neither network nor login can be read.
func (g *Guard) name(kind string, t *Taken, more string) string {
	b := append([]byte("guess\x00"), kind...)
	b = append(append(b, 0), t.network.String()...)
	b = binary.AppendUvarint(append(b, 0), uint64(len(more)))
	return "guess:" + kind + ":" + base64.RawURLEncoding.EncodeToString(g.Limiter.MAC(append(b, more...))[:16]) + ":"
}

// add adds to a count, in time.
func (g *Guard) add(ctx context.Context, name string, window time.Duration, n int) (int, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), countDeadline)
	defer cancel()
	total, _, err := g.Limiter.Counter.Add(ctx, name, window, n)
	return total, err
}
