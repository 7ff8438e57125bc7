package store

import (
	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/grant"
	"passerelle/internal/syncer"
)

// The store keeps every promise it is made for.
var (
	_ grant.Store   = (*Store)(nil)
	_ connect.Store = (*Store)(nil)
	_ syncer.Store  = (*Store)(nil)
	_ bank.Reader   = (*Store)(nil)
)
