package syncer_test

import (
	"testing"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/directory"
	"passerelle/internal/syncer"
)

// changing is a directory of one connector that an operator changes.
type changing struct{ entry bank.Connector }

func (d *changing) ByUUID(id string) (*bank.Connector, bool) { return &d.entry, id == d.entry.UUID }

// TestDisabledSourceRests: a connection through a source that the operator disabled is not read in the background and stays as
// it is; it goes on when the source is enabled again, unless its bank had asked for time. Hiding a connector changes nothing.
func TestDisabledSourceRests(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dir := &changing{bank.Connector{ID: 1, UUID: institution, Name: "Scripted", Kind: "scripted", Sources: []bank.Source{
		{ID: 1, Name: bank.SourceOpenAPI, Auth: bank.AuthWebauth}, {ID: 2, Name: bank.SourceDirectAccess, Auth: bank.AuthCredentials},
	}}}
	w.service.Directory = dir
	choose := func(off bool) {
		t.Helper()
		err := w.db.ChooseConnectors(t.Context(), []directory.Choice{{UUID: institution, Disabled: map[string]bool{bank.SourceOpenAPI: off}}}, w.clock())
		if err != nil {
			t.Fatal(err)
		}
		dir.entry.Sources[0].Disabled = off
	}
	read := func(c bank.Connection, unattended bool) int {
		t.Helper()
		before := len(w.bank.seen())
		do := w.service.Sync
		if unattended {
			do = w.service.Unattended
		}
		if err := do(t.Context(), c.ID); err != nil {
			t.Fatal(err)
		}
		return len(w.bank.seen()) - before
	}
	c, down := w.connect("a"), w.connect("a")
	w.permanent(c)
	if read(c, false) != 1 {
		t.Fatal("the connection is not read at all")
	}
	later := w.clock().Add(48 * time.Hour)
	end := syncer.SyncEnd{State: bank.StateRateLimiting, NextTry: &later, Now: w.clock()}
	if err := w.db.FinishSync(t.Context(), down.ID, end); err != nil {
		t.Fatal(err)
	}
	before := w.reread(c)

	choose(true)
	w.pass(25 * time.Hour)
	if n := read(c, true) + read(c, false); n != 0 {
		t.Errorf("read %d times through a source that is disabled", n)
	}
	after := w.reread(c)
	if after.State != before.State || !after.LastUpdate.Equal(*before.LastUpdate) || !after.NextTry.Equal(w.clock().Add(24*time.Hour)) || !after.Active {
		t.Errorf("got %+v, want it as it was and looked at in a day", after)
	}

	choose(true) // said twice, nothing happens
	choose(false)
	if next := w.reread(c).NextTry; next == nil || next.After(w.clock().Add(time.Hour)) {
		t.Errorf("due at %v, want it within the hour", next)
	}
	if next := w.reread(down).NextTry; next == nil || !next.Equal(later) {
		t.Errorf("the throttled one is due at %v, want %v", next, later)
	}
	w.pass(time.Hour)
	dir.entry.Hidden = true
	if n, err := w.db.DueConnections(t.Context(), w.clock(), time.Minute, 10); err != nil || n != 1 {
		t.Errorf("%d are due, %v, want the one", n, err)
	}
	if read(c, true) != 1 {
		t.Error("not read again")
	}
	// Enabling what is enabled makes nothing due.
	choose(false)
	if next := w.reread(c).NextTry; !next.Equal(w.clock().Add(24 * time.Hour)) {
		t.Errorf("due at %v, want it in a day", next)
	}
}
