//go:build !failpoints

package failpoint

import (
	"context"
	"time"
)

// Built says whether failpoints are in this program.
const Built = false

// Hit passes a point whose caller can fail.
func Hit(context.Context, Point) error { return nil }

// Pass passes a point whose caller has no error to give.
func Pass(context.Context, Point) {}

// Around does a step between its two points.
func Around(_ context.Context, _ Step, do func() error) error { return do() }

// Now is the time.
func Now() time.Time { return time.Now() }
