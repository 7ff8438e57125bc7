package seed

import (
	"context"

	"passerelle/internal/bank"
)

// shelf is a store of a fixed catalogue.
type shelf []bank.Connector

func (s shelf) Connectors(context.Context) ([]bank.Connector, error)           { return s, nil }
func (shelf) ConnectorChoices(context.Context) ([]bank.ConnectorChoice, error) { return nil, nil }
func (shelf) CatalogVersion(context.Context) (int64, error)                    { return 1, nil }
