package process

import (
	"context"
	"errors"
	"time"
)

// ErrLost is answered to a write of work that was begun under a number which the others have declared dead: nothing was written, and
// somebody else does that work.
var ErrLost = errors.New("this process was taken for dead, and others do its work now")

// Process is one process that serves from a database.
type Process struct {
	// ID is its fencing number: larger than that of every process that joined before.
	ID int64
	// Name is unique too; jobs are taken in this name.
	Name string
	// Role is what it does: web, worker or all. Version is its release, Schema the newest schema version that it knows.
	Role    string
	Version string
	Schema  int
	Started time.Time
	// Draining says that it is about to stop.
	Draining bool
	// Beat counts its signs of life.
	Beat int64
}

// Freed counts what the dead held and everybody may take now.
type Freed struct {
	// Processes were declared dead; the rest is what they had under way.
	Processes, Jobs, Attempts, Turns, Talks, Deliveries int
}

// Work says how much of it was under way.
func (f Freed) Work() int { return f.Jobs + f.Attempts + f.Turns + f.Talks + f.Deliveries }

// Store keeps the processes. internal/store implements it.
type Store interface {
	// JoinProcess adds a process and gives its number. Where it is alone, all others are dead, and what they held is free.
	JoinProcess(ctx context.Context, p Process, alone bool) (id int64, freed Freed, err error)
	// BeatProcess is a sign of life. False when the process is dead to the others.
	BeatProcess(ctx context.Context, id int64) (alive bool, err error)
	// DrainProcess notes that a process is about to stop.
	DrainProcess(ctx context.Context, id int64) error
	// Processes lists those that live, oldest first.
	Processes(ctx context.Context) ([]Process, error)
	// EndProcess declares a process dead if its beat still is the one seen, by one conditional statement, and frees what it held. Nothing is done where it beat meanwhile, or is dead already. AnyBeat ends it whatever its beat.
	EndProcess(ctx context.Context, id, beat int64, now time.Time) (Freed, error)
	// FreeStrays frees what is held by nobody that lives: what a process took in the moment in which it was declared dead.
	FreeStrays(ctx context.Context, now time.Time) (Freed, error)
}

// AnyBeat stands for every beat in EndProcess.
const AnyBeat = -1
