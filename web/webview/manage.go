package webview

import (
	"net/http"
	"strconv"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"passerelle/internal/connect"
	"passerelle/internal/fault"
)

// manageRoutes are the actions on connections that are there already.
func (h *Handler) manageRoutes() []route {
	post := http.MethodPost
	return []route{
		{post, attemptPath + "/inspect", h.act(h.connectionInspect)},
		{post, attemptPath + "/add", h.act(h.connectionAdd)},
		{post, attemptPath + "/repair", h.act(h.connectionRepair)},
		{post, attemptPath + "/renew", h.act(h.connectionRenew)},
		{post, attemptPath + "/shares", h.act(h.connectionShares)},
		{post, attemptPath + "/removal", h.act(h.connectionRemoval)},
		{post, attemptPath + "/remove", h.act(h.connectionRemove)},
		{post, attemptPath + "/program-end", h.act(h.programEnd)},
		{post, attemptPath + "/close", h.act(h.manageClose)},
		{post, attemptPath + "/known", h.act(h.knownChoose)},
	}
}

// connectionOf reads which connection a form is about.
func connectionOf(d doing) (int64, error) {
	id, err := strconv.ParseInt(d.form.Get("connection"), 10, 64)
	if err != nil || id < 1 {
		return 0, fault.New(fault.Invalid, "The connection must be one of those shown.").WithField("connection")
	}
	return id, nil
}

// way reads which of several ways into the connection a button is about; none is the visit's own.
func way(d doing) (connect.Act, error) {
	act := d.Act
	if !d.form.Has("connection") {
		return act, nil
	}
	var err error
	act.Way, err = connectionOf(d)
	return act, err
}

// connectionInspect opens one of the user's connections.
func (h *Handler) connectionInspect(c echo.Context, d doing) error {
	id, err := connectionOf(d)
	if err != nil {
		return err
	}
	return h.Visits.Inspect(c.Request().Context(), d.Act, id)
}

// connectionAdd begins another connection.
func (h *Handler) connectionAdd(c echo.Context, d doing) error {
	return h.Visits.Add(c.Request().Context(), d.Act)
}

// connectionRepair asks for what a connection is missing, or, on a reset, for all of its identifiers.
func (h *Handler) connectionRepair(c echo.Context, d doing) error {
	act, err := way(d)
	if err != nil {
		return err
	}
	switch d.form.Get("reset") {
	case "":
		return h.Visits.Repair(c.Request().Context(), act, false)
	case "1":
		return h.Visits.Repair(c.Request().Context(), act, true)
	}
	return fault.New(fault.Invalid, "reset must be 1 or left out.").WithField("reset")
}

// connectionRenew prolongs the bank's consent.
func (h *Handler) connectionRenew(c echo.Context, d doing) error {
	act, err := way(d)
	if err != nil {
		return err
	}
	return h.Visits.RenewConsent(c.Request().Context(), act)
}

// connectionShares asks anew which accounts are shared.
func (h *Handler) connectionShares(c echo.Context, d doing) error {
	return h.Visits.EditAccounts(c.Request().Context(), d.Act)
}

// connectionRemoval asks whether to remove; connectionRemove does.
func (h *Handler) connectionRemoval(c echo.Context, d doing) error {
	return h.Visits.AskRemoval(c.Request().Context(), d.Act)
}

func (h *Handler) connectionRemove(c echo.Context, d doing) error {
	return h.Visits.Remove(c.Request().Context(), d.Act)
}

// programEnd ends what a budgeting program may read.
func (h *Handler) programEnd(c echo.Context, d doing) error {
	id, err := uuid.Parse(d.form.Get("program"))
	if err != nil {
		return fault.New(fault.Invalid, "The program must be one of those shown.").WithField("program")
	}
	return h.Visits.EndProgram(c.Request().Context(), d.Act, id.String())
}

// manageClose ends the visit, with everything that was done in it. One that has ended already leads back all the same.
func (h *Handler) manageClose(c echo.Context, d doing) error {
	return h.leaving(c, d, h.Visits.Close(c.Request().Context(), d.Act), connect.PageDone)
}

// knownChoose takes the answer to "you are connected to this bank already".
func (h *Handler) knownChoose(c echo.Context, d doing) error {
	choice := connect.KnownChoice(d.form.Get("choice"))
	if choice == connect.KnownOther || choice == connect.KnownWay {
		return h.Visits.ChooseKnown(c.Request().Context(), d.Act, choice, 0)
	}
	id, err := connectionOf(d)
	if err != nil {
		return err
	}
	return h.Visits.ChooseKnown(c.Request().Context(), d.Act, choice, id)
}
