package store

import (
	"passerelle/internal/bank"
	"passerelle/internal/connect"
	"passerelle/internal/connect/direct"
	"passerelle/internal/directory"
	"passerelle/internal/grant"
	"passerelle/internal/store/conformance"
	"passerelle/internal/syncer"
	"passerelle/internal/webhook"
)

// The store keeps every promise it is made for.
var (
	_ grant.Store       = (*Store)(nil)
	_ connect.Store     = (*Store)(nil)
	_ direct.Store      = (*Store)(nil)
	_ syncer.Store      = (*Store)(nil)
	_ syncer.Sweeps     = (*Store)(nil)
	_ bank.Reader       = (*Store)(nil)
	_ directory.Store   = (*Store)(nil)
	_ webhook.Store     = (*Store)(nil)
	_ conformance.Store = (*Store)(nil)
)
