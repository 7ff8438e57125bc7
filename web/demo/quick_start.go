package demo

import (
	"net/http"
	"time"
)

// quickStart is the page that shows each step with what was really sent and answered.
type quickStart struct {
	Service, Redirect, ClientID, Secret string
	Connected                           bool
	Main, Other, Data, Later, Hooks     []stepView
}

// stepView is one step: what it does and why, and its recorded exchange when there is one.
type stepView struct {
	Number          int
	Title, Text     string
	Request, Answer string
	Took            string
	Done            bool
}

type stepText struct {
	step        step
	title, text string
}

// The five parts of the guide.
var (
	mainSteps = []stepText{
		{
			stepOpen, "Send the end user to the webview",
			"A plain redirect. state is random and remembered for this browser; code_challenge is the hash of a secret that " +
				"stays on the server.",
		},
		{
			stepCallback, "Get the end user back",
			"They chose a bank, proved who they are to it and chose accounts, all on the webview. Check state first, use it once. " +
				"connection_id names what was made; code is what the next step spends. With error instead of code, nothing was made.",
		},
		{
			stepExchange, "Exchange the code for an access token",
			"From your server, since it takes your secret. A code works once. Send an Idempotency-Key: if the answer is lost, the " +
				"same request within 60 seconds gives it again. Keep the token with your user; it reads this user's data alone.",
		},
	}
	otherSteps = []stepText{
		{
			stepInit, "Make the user yourself",
			"With your id and secret the token is permanent. Keep it before you go on.",
		},
		{
			stepCode, "Get a single-use code for the webview",
			"The token itself never goes into an address. This code opens the webview once.",
		},
		{
			stepOpenCode, "Open the webview with the code",
			"The connection will belong to the user of the code.",
		},
		{
			stepCallbackCode, "Get the end user back",
			"No code comes back, as you hold the token already: connection_id and state are all there is.",
		},
	}
	laterSteps = []stepText{
		{
			stepSync, "Have a connection read now",
			"Every connection is read once a day by itself. Ask for more only for an end user who is there.",
		},
		{
			stepReconnect, "Send the end user to reconnect",
			"When a connection's state is one that they can mend, such as SCARequired or wrongpass. It leads straight to what their bank " +
				"asks for. The connection and its accounts keep their ids.",
		},
		{
			stepReconnectBack, "Get the end user back",
			"state is all there is. Read the connection again: its state is null once all is well.",
		},
		{
			stepManage, "Let the end user manage their banks",
			"Add, mend, share other accounts, renew, remove: all on the webview. It takes a fresh single-use code each time.",
		},
		{
			stepManageBack, "Get the end user back",
			"Comes when they close the page. Follow what they changed by webhook, or read the connections again.",
		},
	}
	hookSteps = []stepText{
		{
			stepHookAuth, "Make the key of the signatures",
			"Once, with a config token, which the operator of the service makes. The key is shown in this one moment.",
		},
		{
			stepHookRegister, "Register a receiver for each event",
			"One address an event. A receiver must be reached by https, except on the machine of a trial.",
		},
		{
			stepHook, "Receive and verify",
			"BI-Signature is the Base64 of HMAC-SHA256 over METHOD.path.date.body with that key: check it over the exact bytes that " +
				"came. Answer 2xx at once; anything else has it sent again. id_webhook_data tells a repetition.",
		},
	}
	dataSteps = []stepText{
		{
			stepConnections, "Read the connections",
			"state is null while all is well; last_update is null until the first read in the background is over.",
		},
		{
			stepAccounts, "Read the accounts that were shared",
			"An account that was not ticked is not listed. Amounts are exact: read them as decimals, never as floats.",
		},
		{
			stepTransactions, "Read the transactions",
			"limit is required. Follow _links.next as it is until it is null.",
		},
		{
			stepRemove, "Remove a connection",
			"Ends the consent at the bank and deletes what was read through it. Do it before the token goes.",
		},
		{
			stepRevoke, "End the access",
			"Revokes the token that is presented, and nothing else: connections stay. To delete the user with all data: DELETE /2.0/users/me.",
		},
	}
)

func (a *App) showQuickStart(w http.ResponseWriter, r *http.Request) {
	s := a.sessions.find(r)
	recorded := s.recorded()
	view := quickStart{
		Service: a.cfg.Service, Redirect: a.oauth.RedirectURL, ClientID: a.cfg.ClientID, Secret: shorten(a.cfg.ClientSecret),
		Connected: s != nil && s.currentToken() != "",
		Main:      stepViews(mainSteps, recorded), Other: stepViews(otherSteps, recorded), Data: stepViews(dataSteps, recorded),
		Later: stepViews(laterSteps, recorded),
	}
	if a.cfg.ConfigToken != "" {
		view.Hooks = stepViews(hookSteps, a.setup.recorded())
	}
	a.render(w, r, http.StatusOK, "quick_start", "Quick start", view)
}

func stepViews(texts []stepText, recorded log) []stepView {
	out := make([]stepView, 0, len(texts))
	for i, t := range texts {
		v := stepView{Number: i + 1, Title: t.title, Text: t.text}
		if e, ok := recorded[t.step]; ok {
			v.Request, v.Answer, v.Done = e.Request, e.Answer, true
			if e.Took > 0 {
				v.Took = e.Took.Round(100 * time.Microsecond).String()
			}
		}
		out = append(out, v)
	}
	return out
}
