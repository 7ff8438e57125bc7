package berlingroup

import (
	"context"
	"errors"
	"net/http"
	"time"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

var (
	errNobody     = errors.New("nobody approved in time")
	errUnfinished = errors.New("the end user came back from the bank's page without an approval")
)

// settleFor is how long a bank may take to make a consent valid after the end user has come back from its page.
const settleFor = time.Minute

// wait lets the host come back. The end of it is set once, so that the state stays the same while nothing happens.
func (v *visit) wait(at step, message string) (connector.Step, error) {
	if v.st.Step != at || v.st.Deadline.IsZero() {
		v.st.Step, v.st.Deadline = at, v.now.UTC().Add(v.cfg.approval())
		if at == stepSettle {
			v.st.Deadline = v.now.UTC().Add(settleFor)
		}
		v.st.Message = v.quiet(bank.CleanText(message, mostText))
	}
	if !v.now.Before(v.st.Deadline) {
		e := &connector.Error{Code: connector.CodeApprovalExpired, Cause: errNobody}
		if at == stepSettle {
			e.Code, e.Cause = connector.CodeCancelled, errUnfinished
		}
		return connector.Step{}, e
	}
	w := &connector.Wait{Message: bank.Plain(v.st.Message), PollAfter: max(v.cfg.poll(), time.Second)}
	if at == stepWait {
		w.Medium = "app"
	}
	return v.step(connector.Step{Deadline: v.st.Deadline, Wait: w})
}

// look asks how an authorisation stands. A bank that tells nothing of it is asked about the consent.
func (v *visit) look(ctx context.Context) (connector.Step, error) {
	v.dress()
	if v.st.Status == "" {
		r, err := v.consentStatus(ctx, v.st.Consent)
		if err != nil {
			return connector.Step{}, err
		}
		if r.ConsentStatus == statusReceived {
			return v.wait(stepWait, r.PSUMessage)
		}
		return v.settle(ctx)
	}
	at, err := v.again(v.st.Status)
	if err != nil {
		return connector.Step{}, err
	}
	a, err := v.call(ctx, http.MethodGet, at, nil, nil)
	if err != nil {
		return connector.Step{}, err
	}
	var r reply
	if err := a.JSON(&r); err != nil {
		return connector.Step{}, err
	}
	if v.st.Step == stepWait && !r.over() && !r.failed() && waits(r) {
		return v.wait(stepWait, r.PSUMessage)
	}
	return v.follow(ctx, a, r)
}

// waits says whether an answer about an authorisation asks for nothing more than patience.
func waits(r reply) bool {
	for name := range r.Links {
		switch name {
		case "scaStatus", "self", "status":
		default:
			return false
		}
	}
	return true
}

// medium is how a method reaches the end user, in the contract's words.
func medium(m *method) string {
	if m == nil {
		return ""
	}
	switch m.Type {
	case "SMS_OTP":
		return "sms"
	case "SMTP_OTP", "EMAIL":
		return "email"
	case "PUSH_OTP", "PUSH_DEC":
		return "app"
	case "CHIP_OTP":
		return "card"
	case "PHOTO_OTP":
		return "image"
	}
	return ""
}
