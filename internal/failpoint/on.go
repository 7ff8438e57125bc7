//go:build failpoints

package failpoint

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// Built says whether failpoints are in this program.
const Built = true

// The environment that says what to do.
const (
	ordersVariable = "PASSERELLE_FAILPOINTS"
	fileVariable   = "PASSERELLE_FAILPOINTS_FILE"
	logVariable    = "PASSERELLE_FAILPOINTS_LOG"
	offsetVariable = "PASSERELLE_CLOCK_OFFSET"
	clockVariable  = "PASSERELLE_CLOCK_FILE"
)

// ErrInjected is what a point with the action error gives.
var ErrInjected = errors.New("an error put here by a failpoint")

// Hit passes a point whose caller can fail: it does what the orders say, and gives the error that they ask for.
func Hit(ctx context.Context, p Point) error {
	o, err := orders()
	if err != nil {
		return err
	}
	note(p)
	a, ok := o.due(p)
	if !ok {
		return nil
	}
	return a.do(ctx, p)
}

// Pass passes a point whose caller has no error to give: what an order of error says is lost there.
func Pass(ctx context.Context, p Point) { _ = Hit(ctx, p) }

// Around does a step between its two points. An error ordered for after it stands for an answer that was lost: the step is done.
func Around(ctx context.Context, s Step, do func() error) error {
	if err := Hit(ctx, s.Before()); err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	return Hit(ctx, s.After())
}

// Now is the time, shifted as the environment says. The file is read each time: a clock may jump.
func Now() time.Time {
	said := os.Getenv(offsetVariable)
	if file := os.Getenv(clockVariable); file != "" {
		if b, err := os.ReadFile(file); err == nil {
			said = string(b)
		}
	}
	d, err := offset(said)
	if err != nil {
		panic(fmt.Sprintf("%s: %v", offsetVariable, err))
	}
	return time.Now().Add(d)
}
