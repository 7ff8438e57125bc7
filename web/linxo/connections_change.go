package linxo

import (
	"context"
	"net/http"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connect/direct"
	"passerelle/internal/fault"
	"passerelle/web/params"
)

// connectionChange is PATCH and PUT /connections/{id}: whether it is read by itself. Everything else of it is the end user's, at
// the bank or in the widget.
func (h *Handler) connectionChange(q *request) error {
	if q.Has("consent_per_account") {
		return params.ErrValue("consent_per_account", "is what the end user agreed to: they change it in the widget's manage_accounts")
	}
	on, err := q.OptionalFlag("auto_sync")
	if err != nil {
		return err
	}
	if on == nil {
		return params.ErrMissing("auto_sync")
	}
	userID, channels, err := h.channelsInPath(q)
	if err != nil {
		return err
	}
	ctx, group := q.Request().Context(), channels[0].GroupID
	if err := h.Changes.SetAutoSync(ctx, userID, group, *on); err != nil {
		return absent(err)
	}
	return h.showAgain(ctx, q, http.StatusOK, userID, group)
}

// readable are the statuses in which a reading makes sense that nobody attends: the bank may answer otherwise by now. In all others
// it waits for the end user, and a password sent twice can lock a login.
var readable = map[channelStatus]bool{
	channelSuccess: true, channelEmpty: true, channelUnavailable: true, channelFailed: true, channelAction: true,
}

// connectionSync is POST /connections/{id}/synchronize: read what can be read without the end user, soon. What is being read already
// is not read twice.
func (h *Handler) connectionSync(q *request) error {
	userID, channels, err := h.channelsInPath(q)
	if err != nil {
		return err
	}
	ctx := q.Request().Context()
	if err := h.synchronize(ctx, channels); err != nil {
		return err
	}
	return h.showAgain(ctx, q, http.StatusAccepted, userID, channels[0].GroupID)
}

// synchronize queues readings of channels. What is not read by itself (auto_sync is false) is read because somebody asks; what the
// other dialect or the operator switched off is not. It fails where none of them is read: with what the first that could be was
// refused for, else because they wait for somebody.
func (h *Handler) synchronize(ctx context.Context, channels []bank.Channel) error {
	now := h.now()
	begun, paused := 0, 0
	var refused error
	for i := range channels {
		c := &channels[i]
		status := statusOfChannel(c, now)
		switch {
		case status == channelRunning:
			begun++
			continue
		case !readable[status]:
			continue
		case !c.Active && !c.Manual:
			paused++
			continue
		}
		_, err := h.Direct.Force(ctx, direct.Force{UserID: c.UserID, ConnectionID: c.ID, Unattended: true, Background: true})
		switch {
		case err == nil:
			begun++
		case refused == nil:
			refused = tooMany(err)
		}
	}
	switch {
	case begun > 0:
		return nil
	case refused != nil:
		return absent(refused)
	case paused > 0:
		return fault.New(fault.Conflict, "This connection was switched off: send PATCH with auto_sync true first.").WithCode("AUTO_SYNC_OFF")
	}
	return fault.New(fault.Conflict, "This connection waits for its end user: send them to the widget's %s with this "+
		"connection_id. The status of its channels says for what.", wayOn(channels, now)).WithCode("USER_ACTION_REQUIRED")
}

// wayOn is the entry point of the widget that mends a connection: user_input where all that is missing is an answer to what the bank
// asks.
func wayOn(channels []bank.Channel, now time.Time) string {
	way := "edit_credentials"
	for i := range channels {
		switch status := statusOfChannel(&channels[i], now); {
		case readable[status]:
		case status != channelChallenge:
			return "edit_credentials"
		default:
			way = "user_input"
		}
	}
	return way
}

// tooMany says in this dialect's way that a connection was read as often as is allowed: 429, with when it may be read again.
func tooMany(err error) error {
	f := fault.As(err)
	if f.Code != "tooManySync" {
		return err
	}
	return fault.New(fault.Limited, "%s", f.Message).WithCode(f.Code).WithRetry(f.RetryAfter)
}
