package syncer

import (
	"context"
	"fmt"
	"time"

	"passerelle/internal/failpoint"
)

// Who asked for an erasure, as the proof says it. For the API it is "token:" and the token's kind.
const (
	// ByCommand is the command line, ByRestore the restoring of a backup from before the erasure.
	ByCommand = "command line"
	ByRestore = "restore"
)

// Proof is what stays of a user who was erased: nothing of the person.
type Proof struct {
	ID int64
	// Hash is SHA-256 of the domain, the user's id and the time of their creation in microseconds since 1970, a line each.
	Hash     []byte
	By       string
	ErasedAt time.Time
	// Counts says how many rows went, by what they were.
	Counts map[string]int64
}

// Eraser deletes users. internal/store implements it.
type Eraser interface {
	// UserConnections lists the ids of a user's connections, in their order.
	UserConnections(ctx context.Context, userID int64) ([]int64, error)
	// EraseUser deletes a user and everything of theirs in one transaction, with an errand for each connection that its bank knows of, the
	// events of the ends and a proof; it says which connections there were. An absent user is fault.NotFound.
	EraseUser(ctx context.Context, userID int64, by string, now time.Time) (Proof, []int64, error)
}

// lockWait is how long an erasure waits for a reading of one of the user's connections to end. It does not need to: a reading whose
// connection is gone stores nothing. But a session that the bank replaces meanwhile is better told with.
const lockWait = 3 * time.Second

// EraseUser deletes a user and everything of theirs, and tells their banks. The deletion does not wait for any bank: one that does not
// listen is told later, by a job.
func (s *Service) EraseUser(ctx context.Context, userID int64, by string) (Proof, error) {
	ids, err := s.Remover.UserConnections(ctx, userID)
	if err != nil {
		return Proof{}, fmt.Errorf("list the connections of user %d: %w", userID, err)
	}
	waiting, cancel := context.WithTimeout(ctx, lockWait)
	defer cancel()
	for _, id := range ids {
		unlock, err := s.Lock(waiting, id)
		if err != nil {
			break
		}
		defer unlock()
	}
	if err := ctx.Err(); err != nil {
		return Proof{}, fmt.Errorf("erase user %d: %w", userID, err)
	}
	var proof Proof
	var gone []int64
	err = failpoint.Around(ctx, failpoint.SyncRemove, func() (err error) {
		proof, gone, err = s.Remover.EraseUser(ctx, userID, by, s.Clock())
		return err
	})
	if err != nil {
		return Proof{}, fmt.Errorf("erase user %d: %w", userID, err)
	}
	s.Log.InfoContext(ctx, "a user was erased", "proof", proof.ID, "hash", fmt.Sprintf("%x", proof.Hash), "by", by)
	s.tellAll(ctx, gone)
	return proof, nil
}
