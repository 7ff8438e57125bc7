package webview

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
)

// home says what this is to whoever opens the bare address.
func (h *Handler) home(c echo.Context) error {
	base := strings.TrimRight(h.PublicURL.String(), "/")
	return c.String(http.StatusOK, "This is Passerelle, a service that connects bank accounts, run by "+h.Operator+".\n\n"+
		"There is nothing to do at this address. End users come here through an application that asks to read their accounts; "+
		"applications open /{lang}/connect with their client_id and redirect_uri.\n"+
		"Developers find the API described at "+base+"/2.0/docs, and the one in Linxo's shape at "+base+"/v2.1/docs and "+base+"/v3/docs\n")
}
