package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"passerelle/internal/failpoint"
	"passerelle/internal/seal"
	"passerelle/internal/store"
)

const (
	// keyLook is how often a serving process looks whether the keyset or the key to seal with has changed.
	keyLook = 2 * time.Second
	// keyBeat is how often it reports that it is there. A rotation holds for gone who has not for keySilence.
	keyBeat    = 10 * time.Second
	keySilence = 3 * keyBeat
	// keyPatience caps what a look may take.
	keyPatience = 5 * time.Second
)

// keyWatch keeps the ring of a serving process up to date beside a rotation: it reads the keyset again when that has changed,
// tells the others which keys it holds, and seals with the key that all hold.
type keyWatch struct {
	db      *store.Store
	ring    *seal.Keyring
	log     *slog.Logger
	process string
	host    string

	mu sync.Mutex
	// told is what was reported last, and when.
	told   seal.Keys
	toldAt time.Time
	// trouble is what was logged last, so that it is logged once.
	trouble string
	// missing is read by scrapes, which must not wait for mu: it is held while the database is asked.
	missing atomic.Int64
}

// newKeyWatch reports this process and looks for the first time. It refuses a keyset that lacks a key in use.
func newKeyWatch(ctx context.Context, db *store.Store, ring *seal.Keyring, log *slog.Logger) (*keyWatch, error) {
	host, err := os.Hostname()
	if err != nil {
		host = "an unnamed host"
	}
	w := &keyWatch{db: db, ring: ring, log: log, host: host, process: fmt.Sprintf("process %d (%s)", os.Getpid(), rand.Text()[:6])}
	missing, err := w.look(ctx)
	if err == nil && len(missing) > 0 {
		err = fmt.Errorf("%w: the keyset lacks the keys %v", store.ErrOtherKeys, missing)
	}
	if err != nil {
		w.drop()
		return nil, err
	}
	return w, nil
}

// look does one round and gives the keys that are in use and not held.
func (w *keyWatch) look(ctx context.Context) (missing []uint32, err error) {
	ctx, cancel := context.WithTimeout(ctx, keyPatience)
	defer cancel()
	if changed, err := w.ring.Reload(ctx); err != nil {
		// The ring goes on with what it has: that a key is missing is told below.
		w.note("the keyset cannot be read again", err.Error())
	} else if changed {
		w.log.InfoContext(ctx, "the keyset was read again", "keys", w.ring.Keys().Held, "seals", w.ring.Keys().Sealing)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	// Twice, since what the others say may change what this process seals with, which they want to know.
	for range 2 {
		known, err := w.exchange(ctx)
		if err != nil {
			return nil, err
		}
		missing = missing[:0]
		held := w.ring.Keys()
		for _, k := range known {
			if k.Required() && !held.Holds(k.ID) {
				missing = append(missing, k.ID)
			}
		}
		w.missing.Store(int64(len(missing)))
		if k, ok := store.Sealing(known); ok && held.Holds(k.ID) && held.Sealing != k.ID {
			if err := w.ring.Use(k.ID); err != nil {
				return nil, err
			}
			w.log.InfoContext(ctx, "values are sealed with another key from now on", "key", k.ID)
			continue
		}
		break
	}
	return missing, nil
}

// exchange gives the keys that there are; it reports this process's own when that is due.
func (w *keyWatch) exchange(ctx context.Context) ([]store.SealingKey, error) {
	held := w.ring.Keys()
	if held.Sealing == w.told.Sealing && slices.Equal(held.Held, w.told.Held) && time.Since(w.toldAt) < keyBeat {
		return w.db.SealingKeys(ctx)
	}
	known, err := w.db.ReportRing(ctx, store.RingReport{Process: w.process, Host: w.host, Sealing: held.Sealing, Held: held.Held}, failpoint.Now())
	if err == nil {
		w.told, w.toldAt = held, time.Now()
	}
	return known, err
}

// run looks until the context ends.
func (w *keyWatch) run(ctx context.Context) {
	ticker := time.NewTicker(keyLook)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		missing, err := w.look(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			w.note("the keys in use cannot be looked up", err.Error())
		case len(missing) > 0:
			w.note("the keyset lacks keys that values are sealed with: bring it up to date", fmt.Sprint(missing))
		default:
			w.note("", "")
		}
	}
}

// note logs what is wrong when it begins to be.
func (w *keyWatch) note(what, why string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if what != w.trouble && what != "" {
		w.log.Error(what, "why", why)
	}
	w.trouble = what
}

// start looks on in the background. The function that it gives ends that, and tells the others that this process stops.
func (w *keyWatch) start() (stop func() error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { w.run(ctx); close(done) }()
	return func() error {
		cancel()
		<-done
		w.drop()
		return nil
	}
}

// drop takes the report back. Where that fails, the others find out by the silence.
func (w *keyWatch) drop() {
	ctx, cancel := context.WithTimeout(context.Background(), keyPatience)
	defer cancel()
	if err := w.db.DropRing(ctx, w.process); err != nil {
		w.log.WarnContext(ctx, "the others could not be told that this process stops", "error", err)
	}
}

var (
	keysHeld    = prometheus.NewDesc("passerelle_keys_held", "Sealing keys that this process holds.", nil, nil)
	keysMissing = prometheus.NewDesc("passerelle_keys_missing", "Keys that values are sealed with and that this process lacks.", nil, nil)
)

// Describe implements prometheus.Collector.
func (*keyWatch) Describe(ch chan<- *prometheus.Desc) { ch <- keysHeld; ch <- keysMissing }

// Collect implements prometheus.Collector.
func (w *keyWatch) Collect(ch chan<- prometheus.Metric) {
	ch <- prometheus.MustNewConstMetric(keysHeld, prometheus.GaugeValue, float64(len(w.ring.Keys().Held)))
	ch <- prometheus.MustNewConstMetric(keysMissing, prometheus.GaugeValue, float64(w.missing.Load()))
}
