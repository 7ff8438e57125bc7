package webhook

import (
	"time"

	"passerelle/internal/bank"
)

// Facts is what is known about an event, read in its transaction. Renderers take from it what their dialect says.
type Facts struct {
	Event Event
	// UserCreated is when the user was made; zero once the user is gone.
	UserCreated time.Time
	// Connection is nil for events that concern none; Accounts are all of its accounts.
	Connection *bank.Connection
	Accounts   []bank.Account
	// Transactions are what was read or changed since the last push, by account, newest first; Omitted counts those that are
	// too many to be sent.
	Transactions map[int64][]bank.Transaction
	Omitted      int
	// Channels are all ways into the connection's login, this one too, for dialects that show them as one (DialectLinxo).
	Channels []bank.Channel
}

// Account finds the account that the event names, nil where there is none.
func (f *Facts) Account() *bank.Account {
	for i := range f.Accounts {
		if f.Accounts[i].ID == f.Event.AccountID {
			return &f.Accounts[i]
		}
	}
	return nil
}

// Renderer writes bodies in a dialect's words, without the id that content puts before them. It runs inside a transaction that others wait for: it must be quick and wait for
// nothing.
type Renderer interface {
	// Render gives the bodies that an event goes out with under a name, in order: JSON objects without the id. None means that nothing is sent.
	Render(name string, f *Facts) ([]string, error)
	// Without gives a body that was rendered under a name without what it says about accounts that are shared no more; ok is
	// false when nothing of it is left to say.
	Without(name, body string, accounts []int64) (rest string, ok bool, err error)
}

// Limits of a payload. A first read of years would otherwise hold up everybody who waits for the writer, and fill a receiver.
const (
	// MostInBody is how many transactions one body holds; more go in further bodies of the same event.
	MostInBody = 1000
	// MostInEvent is how many go out at all; the rest is counted in the last body, and read through the API.
	MostInEvent = 5000
)
