package demo

import (
	"context"
	"net/http"
	"time"
)

// callback is where the webview sends the end user back to. Everything in the query is untrusted: the state decides whether
// it is looked at, and it counts once.
func (a *App) callback(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	s := a.sessions.find(r)
	if s == nil && a.sessions.justReplaced(r) {
		select {
		case <-time.After(askAgain):
			http.Redirect(w, r, r.URL.RequestURI(), http.StatusSeeOther)
		case <-r.Context().Done():
		}
		return
	}
	if s == nil {
		a.showProblem(w, r, http.StatusBadRequest, unknownVisit)
		return
	}
	v, ok := s.take(q.Get("state"), a.cfg.Clock())
	if ok {
		defer s.finish(q.Get("state"))
	} else if finished := s.finished(q.Get("state")); finished != nil {
		// The second click of two: the first was left behind, and what it began ends on the first page.
		select {
		case <-finished:
			http.Redirect(w, r, "/", http.StatusSeeOther)
		case <-r.Context().Done():
		}
		return
	} else {
		a.showProblem(w, r, http.StatusBadRequest, unknownVisit)
		return
	}
	s.note(callbackStep(v), exchange{
		Request: "GET " + shortenQuery(r.URL.RequestURI()) + " HTTP/1.1\nHost: " + hostOf(a.cfg.Self) + "\n",
		Answer:  "HTTP/1.1 303 See Other\nLocation: " + a.cfg.Self + "/\n",
	})
	if code := q.Get("error"); code != "" {
		a.tell(w, r, s, callbackProblem(v.flow, code))
		return
	}
	token := v.token
	if token == "" {
		// A code is spent once: who clicks twice leaves this request before it is answered, and the exchange goes on without them.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), exchangeWithin)
		defer cancel()
		var err error
		if token, err = a.exchangeCode(withRecord(ctx, s, stepExchange), q.Get("code"), v); err != nil {
			a.cfg.Log.ErrorContext(r.Context(), "exchange failed", "error", err)
			a.tell(w, r, s, exchangeFailed)
			return
		}
	}
	s.setToken(token)
	if r.Context().Err() != nil {
		// Nobody reads the answer. A new id would lock its owner out.
		return
	}
	// From here on the session opens accounts: whoever knew its id before does not know it any more (session fixation).
	if err := a.sessions.rotate(w, r, s, a.secure()); err != nil {
		s.setToken("")
		a.fail(w, r, err)
		return
	}
	s.setNotice(notice(v.flow, q.Get("connection_deleted") == "true"))
	// Away from the address with the code in it, so that it is neither reloaded nor bookmarked.
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// callbackStep is the box of the quick start that shows how a visit came back.
func callbackStep(v visit) step {
	switch {
	case v.flow == flowReconnect:
		return stepReconnectBack
	case v.flow == flowManage:
		return stepManageBack
	case v.token != "":
		return stepCallbackCode
	}
	return stepCallback
}

// notice is what the first page says after a visit that went well.
func notice(f flow, deleted bool) string {
	switch {
	case deleted:
		return "The bank was disconnected, and what was read from it was deleted."
	case f == flowReconnect:
		return "Thank you. Your bank can be read again."
	}
	return ""
}

var unknownVisit = problem{
	Title: "That was not started here",
	Text: "This answer does not belong to a visit that this browser began, or it was used already. Nothing was connected by it. " +
		"If you did connect a bank, your accounts are on the first page.",
}

var exchangeFailed = problem{
	Title: "That did not work", Text: "The service did not answer as it should. Please try again in a moment.", Retry: true,
}

// callbackProblem puts an error of the callback into words for the end user. The list is open, so that an unknown code is told
// like a technical failure. error_description is for developers and is shown in the quick start alone.
func callbackProblem(f flow, code string) problem {
	if f != flowConnect {
		return laterProblem(code)
	}
	switch code {
	case "access_denied":
		return problem{
			Title: "You stopped before the end", Code: code, Retry: true,
			Text: "Nothing was connected and nothing was read. You can start again whenever you like.",
		}
	case "tos_declined":
		return problem{
			Title: "You did not accept the terms", Code: code, Retry: true,
			Text: "That is fine. Without them no bank can be connected, so nothing was read.",
		}
	case "invalid_request":
		return problem{
			Title: "That did not work", Code: code, Retry: true,
			Text: "This app asked for something that the service does not understand. That is a mistake of the app and not yours. Nothing was connected.",
		}
	case "session_expired":
		return problem{
			Title: "The visit took too long", Code: code, Retry: true,
			Text: "For your safety it was ended. Nothing was connected. Please start again.",
		}
	default:
		return problem{
			Title: "That did not work", Code: code, Retry: true,
			Text: "The connection could not be made because of a technical problem. It is not your fault. Please try again in a moment.",
		}
	}
}

// laterProblem is callbackProblem for who is connected already: nothing is lost, and the first page has the buttons to try again.
func laterProblem(code string) problem {
	p := problem{
		Title: "That did not work", Code: code,
		Text: "Nothing was changed because of a technical problem. It is not your fault. Please try again in a moment.",
	}
	switch code {
	case "access_denied":
		p.Title, p.Text = "You stopped before the end", "Nothing was changed. What was read before is still here, and you can go on whenever you like."
	case "session_expired":
		p.Title, p.Text = "The visit took too long", "For your safety it was ended. Nothing was changed."
	}
	return p
}
