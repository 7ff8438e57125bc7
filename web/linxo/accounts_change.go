package linxo

import (
	"net/http"
	"strings"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
	"passerelle/web/params"
	"passerelle/web/respond"
)

// accountChange is PATCH and PUT /accounts/{id}: its name, and its status, CLOSED to archive it and ACTIVE to have it read again.
func (h *Handler) accountChange(q *request) error {
	status, err := q.Text("status")
	if err != nil {
		return err
	}
	status = strings.ToUpper(status)
	if status != "" && status != string(accountClosed) && status != string(accountActive) {
		return params.ErrValue("status", "must be CLOSED or ACTIVE")
	}
	name, err := q.OptionalText("name", mostText)
	if err != nil {
		return err
	}
	if status == "" && name == nil {
		return fault.New(fault.Invalid, "Neither status nor name was sent: send status (CLOSED archives, ACTIVE has it read again), name, or both.").
			WithField("status").WithCode("missingParameter")
	}
	userID, a, err := h.accountInPath(q)
	if err != nil {
		return err
	}
	if a.Disabled != nil {
		return fault.New(fault.Conflict, "Its owner has not shared this account: send them to the widget's manage_accounts first.").
			WithCode(string(accountPending))
	}
	ctx := q.Request().Context()
	if name != nil {
		clean := bank.CleanText(*name, mostText)
		_, err := h.Writer.ChangeAccounts(ctx, bank.ChangeAccounts{
			UserID: userID, IDs: []int64{a.ID}, All: true, Change: bank.AccountChange{Name: &clean}, ClientID: q.caller.ClientID, Now: h.now(),
		})
		if err != nil {
			return absent(err)
		}
	}
	if wanted := status == string(accountClosed); status != "" && wanted != (a.Closed != nil) {
		if err := h.Changes.CloseAccount(ctx, userID, a.ID, wanted); err != nil {
			return absent(err)
		}
	}
	if a, err = h.oneAccount(q, userID, a.ID); err != nil {
		return err
	}
	return respond.JSON(q, http.StatusOK, newAccount(q.version, &a))
}

// accountDelete is DELETE /accounts/{id}: what was read from it goes, and it is not read again. With the last account of a channel the
// channel goes, and with the last channel the connection.
func (h *Handler) accountDelete(q *request) error {
	userID, a, err := h.accountInPath(q)
	if err != nil {
		return err
	}
	if err := h.Changes.RemoveAccount(q.Request().Context(), userID, a.ID); err != nil {
		return absent(err)
	}
	return q.NoContent(http.StatusNoContent)
}
