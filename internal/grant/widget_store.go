package grant

import (
	"context"
	"time"
)

// WidgetStore keeps widget sessions and the visits that they have under way.
type WidgetStore interface {
	// InsertWidgetSession stores a session whose access token is live, by one statement; fault.NotFound where that is not, or its user
	// is gone. Sessions that ended before forget go, a few at a time.
	InsertWidgetSession(ctx context.Context, w WidgetSession, forget time.Time) error
	// WidgetSession finds a session by the hash of its plaintext, one that is over too; absent is fault.NotFound. Ended says that the
	// access token that it was made with was revoked.
	WidgetSession(ctx context.Context, hash []byte) (w WidgetSession, ended bool, err error)
	// BindWidgetSession ties a session to a browser by one conditional statement: when it has none, or has one of the same agent since
	// less than a moment, whose answer may have been lost. False, and nothing changed, for every other.
	BindWidgetSession(ctx context.Context, b WidgetBind) (bool, error)
	// WidgetVisit is the attempt that a session has for what is asked of it; empty where it has none.
	WidgetVisit(ctx context.Context, sessionID, asked string) (attemptID string, err error)
	// NoteWidgetVisit stores it, in the place of the one before.
	NoteWidgetVisit(ctx context.Context, sessionID, asked, attemptID string) error
}

// WidgetBind ties a widget session to a browser.
type WidgetBind struct {
	SessionID string
	// Hash is SHA-256 of the browser's new secret, Agent a hash of what it calls itself and of where it comes from.
	Hash, Agent []byte
	Now         time.Time
	// Moment is how long the same agent may be tied anew.
	Moment time.Duration
}
