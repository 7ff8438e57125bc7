package webview

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"passerelle/internal/connect"
	"passerelle/internal/fault"
	"passerelle/templates/page"
)

// legacyWebview is where the webview was served before it had an address of its own.
const legacyWebview = "/2.0/auth/webview"

// entryRoutes are the addresses that client applications send end users to. Each flow has one with a language; the others lead
// there: the one without a language, the old ones below legacyWebview, and those of version 3 (connect/select, accounts).
func (h *Handler) entryRoutes() []route {
	get := http.MethodGet
	out := []route{
		{get, "/webauth", h.webauth},
		{get, "/2.0/webauth", h.webauth},
	}
	for _, flow := range []connect.Flow{connect.FlowConnect, connect.FlowReconnect, connect.FlowManage} {
		out = append(out, route{get, "/:lang/" + string(flow), h.start(flow)})
	}
	for _, base := range []string{"", legacyWebview} {
		for _, flow := range []connect.Flow{connect.FlowConnect, connect.FlowReconnect, connect.FlowManage} {
			out = append(out, route{get, base + "/" + string(flow), h.entry(flow)})
		}
		for _, base := range []string{base, base + "/:lang"} {
			out = append(out,
				route{get, base + "/connect/select", h.entry(flowByQuery)},
				route{get, base + "/accounts", h.entry(connect.FlowManage)},
				route{get, base + "/payment", h.payment},
			)
		}
	}
	for _, flow := range []connect.Flow{connect.FlowConnect, connect.FlowReconnect, connect.FlowManage} {
		out = append(out, route{get, legacyWebview + "/:lang/" + string(flow), h.entry(flow)})
	}
	return out
}

// flowByQuery is version 3's connect/select: a reconnect when a connection is named, else a connect.
const flowByQuery connect.Flow = ""

var problemPayment = problem{
	page.Plain("This link starts a payment. Payments are not made here: this service connects bank accounts for reading."),
	page.Plain("Send end users to the connect, reconnect or manage flow."),
}

// payment says that payments are made elsewhere. The link is right at the service that it was written for, so that whoever
// follows it is told what this one is not.
func (h *Handler) payment(c echo.Context) error {
	if notALanguage(c) {
		return errNoAddress()
	}
	return h.displayAs(c, http.StatusNotFound, h.entryLang(c), &displayed{problem: problemPayment})
}

// notALanguage says whether the path has the API's prefix where the language stands: what is asked for below it is the API's.
func notALanguage(c echo.Context) bool { return c.Param("lang") == "2.0" }

func errNoAddress() error { return fault.New(fault.NotFound, "There is nothing at this address.") }
