package grant

import (
	"context"
	"time"
)

const (
	// touchEvery is how exactly it is known when a token was last used: a write each day and token, not each request.
	touchEvery = 24 * time.Hour
	// touchWait is how long such a note may wait for the store, and mostTouches how many may.
	touchWait   = 5 * time.Second
	mostTouches = 4
)

// touch notes that a token was used, if that was noted long ago. Nobody waits for it and nothing is lost with it: a note that
// cannot be taken now is taken at the next request. It has a context of its own, since the request may end before it.
func (s *Service) touch(t Token) {
	now := s.now()
	if t.LastUsed != nil && now.Before(t.LastUsed.Add(touchEvery)) {
		return
	}
	if s.touching.Add(1) > mostTouches {
		s.touching.Add(-1)
		return
	}
	go func() {
		defer s.touching.Add(-1)
		ctx, cancel := context.WithTimeout(context.Background(), touchWait)
		defer cancel()
		_ = s.Store.TouchToken(ctx, t.ID, now, now.Add(-touchEvery))
	}()
}
