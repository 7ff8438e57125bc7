package openapi

import "passerelle/web/describe"

const profileMembers = `
	first_name string honoured their first name e.g. Camille
	last_name string honoured their last name e.g. Exemple
	gender enum(MALE,FEMALE) honoured their gender
	birthdate string honoured their day of birth: seconds since 1970 at midnight in Paris, or YYYY-MM-DD
	address open honoured short texts such as postcode and city`

func (v version) userOperations() []describe.Row {
	const current = `
		email string honoured another address; it must be one that no other user of the client application has
		password string honoured a new password; the user's other access tokens end
		current_password string honoured the password so far; needed with the user's own access token, for a new password or e-mail address`
	out := []describe.Row{
		{
			At: "POST /users", Params: onceKey, Summary: "Make a user", Auth: makeUsers,
			Detail: "The address is a unique key within the client application; nothing is sent to it. The id is the last segment of the header Location.",
			Body: `
				email! string honoured a valid address e.g. camille@app.example
				password! string honoured of 1 to 1024 bytes e.g. a long sentence that nobody guesses` + profileMembers,
			Answers:  []describe.Answer{{Status: 201, Type: "Created", Meaning: "made; Location names it too"}},
			Refusals: "400 PARAMETER_MISSING; 409 CONFLICT; 429 TOO_MANY_REQUESTS",
		},
		{
			At: "GET /users/{user}", Summary: "Read a user", Auth: readUsers, Params: v.user(), Answers: describe.OK("User", "the user"), Refusals: "400 PARAMETER_MISSING; 403 FORBIDDEN",
			Detail: "With the setting linxo.require_terms, me is refused with the description ACCEPT_TERMS_AND_CONDITIONS_REQUIRED until the user accepted the terms in the widget.",
		},
	}
	for _, method := range []string{"PATCH", "PUT"} {
		out = append(out, describe.Row{
			At: method + " /users/{user}", Summary: "Change a user", Auth: editUsers, Answers: describe.OK("User", "the user, as they are now"),
			Detail: "What is not sent stays.", Params: v.user(), Body: current + profileMembers, Refusals: "400 PARAMETER_MISSING; 409 CONFLICT; 429 TOO_MANY_REQUESTS",
		})
	}
	return append(out, describe.Row{
		At: "DELETE /users/{user}", Summary: "Delete a user and everything of theirs", Auth: dropUsers, Params: v.user(), Answers: describe.None("all is deleted, and the address is free again"), Refusals: "400 PARAMETER_MISSING",
		Detail: "Each bank is told that the consent has ended. A client application's own access token may do it for its users.",
	})
}
