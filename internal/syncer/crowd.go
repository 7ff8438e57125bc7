package syncer

import (
	"errors"
	"sync"
	"time"
)

// How many jobs of this process may read from one institution at a time. A bank that lets each of its customers' readings hang would
// otherwise hold all workers (jobWorkers in cmd) for minutes, and with them the readings at every other bank, and whatever else is in the
// queue. Readings that nobody waits for give way earlier than those that somebody's act has caused.
const (
	mostUnasked = 4
	mostReading = 12
	// crowdPause is how long an unasked reading is put off that finds too many at its institution; crowdWait how long one that somebody
	// waits for is.
	crowdPause = 5 * time.Minute
	crowdWait  = 2 * time.Second
)

// errCrowded is a reading that has to come again: as many as may are under way at its institution.
var errCrowded = errors.New("enough readings of this institution are under way")

// crowd counts the jobs that read from each institution. The zero value is empty.
type crowd struct {
	mu sync.Mutex
	at map[string]int
}

// enter counts one in, unless there are enough; leave counts it out again.
func (c *crowd) enter(institution string, most int) (leave func(), ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.at[institution] >= most {
		return nil, false
	}
	if c.at == nil {
		c.at = make(map[string]int)
	}
	c.at[institution]++
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.at[institution]--; c.at[institution] == 0 {
			delete(c.at, institution)
		}
	}, true
}
