package main

import (
	"context"
	"testing"
	"time"
)

// TestWithin: a scrape does not wait for a call that does not end with its context.
func TestWithin(t *testing.T) {
	t.Parallel()
	stuck := make(chan struct{})
	defer close(stuck)
	_, err := within(20*time.Millisecond, func(context.Context) (int, error) { <-stuck; return 1, nil })
	if err == nil {
		t.Error("a call that never ends was waited for to its end")
	}
	if got, err := within(time.Minute, func(context.Context) (int, error) { return 7, nil }); got != 7 || err != nil {
		t.Errorf("got %d, %v", got, err)
	}
}
