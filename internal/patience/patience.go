package patience

import (
	"context"
	"time"
)

type key struct{}

// With says how long each call to the store may take under the context that it gives.
func With(ctx context.Context, each time.Duration) context.Context {
	return context.WithValue(ctx, key{}, each)
}

// Of is what With said; otherwise where nobody did.
func Of(ctx context.Context, otherwise time.Duration) time.Duration {
	if each, ok := ctx.Value(key{}).(time.Duration); ok {
		return each
	}
	return otherwise
}
