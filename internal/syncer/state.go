package syncer

import (
	"context"
	"fmt"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
	"passerelle/internal/seeded"
)

// StateOf is the state that a connection is left in after a bank said no. What only the end user can mend is mended in the
// browser where the source leads there, and by asking them where it has identifiers.
func StateOf(code connector.Code, auth bank.AuthMechanism) bank.ConnectionState {
	state := code.State()
	if state == bank.StateSCARequired && auth == bank.AuthWebauth {
		return bank.StateWebauthRequired
	}
	return state
}

// Retyped are the fields that must be typed again in a state: the secrets of the source, since who somebody is to their bank
// hardly changes; all of them where none is secret. Other states ask for nothing.
func Retyped(state bank.ConnectionState, c *bank.Connector, source string) []bank.Field {
	if c == nil || state != bank.StateWrongpass && state != bank.StatePasswordExpired {
		return nil
	}
	var all, secret []bank.Field
	for _, f := range c.Fields {
		if !f.ForSource(source) || f.Type == bank.FieldHidden {
			continue
		}
		all = append(all, f)
		if f.Secret {
			secret = append(secret, f)
		}
	}
	if len(secret) > 0 {
		return secret
	}
	return all
}

// auth is how the end user proves who they are through the connection's source; empty when the directory does not know it
// any more.
func (sub *subject) auth() bank.AuthMechanism {
	if sub.entry == nil {
		return ""
	}
	for _, src := range sub.entry.Sources {
		if src.Name == sub.connection.Source {
			return src.Auth
		}
	}
	return ""
}

// rests says whether a connection is left alone in the background: nobody finished it, or bank.Connection.Rests.
func (s *Service) rests(sub *subject) bool {
	return sub.unfinished() || sub.connection.Rests(s.Clock())
}

// unfinished says whether a connection was begun by API and its bank has not said yes so far.
func (sub *subject) unfinished() bool { return sub.connection.ExpireAt != nil && len(sub.session) == 0 }

// spent says whether the readings that are allowed in a day without the end user are used up, and until when.
func (s *Service) spent(ctx context.Context, sub *subject) (until time.Time, over bool, err error) {
	n, oldest, err := s.Store.UnattendedReads(ctx, sub.connection.ID, s.Clock().Add(-everyDay))
	if err != nil {
		return time.Time{}, false, fmt.Errorf("count the readings of connection %d: %w", sub.connection.ID, err)
	}
	return oldest.Add(everyDay), n >= sub.perDay() && !seeded.UnattendedUncapped, nil
}

// SpentUntil says until when a connection may not be read without the end user; zero when it may be now.
func (s *Service) SpentUntil(ctx context.Context, connectionID int64) (time.Time, error) {
	sub, err := s.open(ctx, connectionID)
	if sub == nil {
		return time.Time{}, err
	}
	until, over, err := s.spent(ctx, sub)
	if err != nil || !over {
		return time.Time{}, err
	}
	return until, nil
}

// perDay is how often accounts may be read in a day when nobody asks.
func (sub *subject) perDay() int {
	if n := sub.manifest.Limits.UnattendedPerDay; n > 0 {
		return n
	}
	return unattended
}
