package webview

import (
	"passerelle/internal/connect"
	"passerelle/internal/directory"
	"passerelle/internal/grant"
)

var (
	_ Visits     = (*connect.Service)(nil)
	_ Grants     = (*grant.Service)(nil)
	_ Connectors = (*directory.Catalog)(nil)
)
