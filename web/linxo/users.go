package linxo

import (
	"net/http"
	"strconv"
	"strings"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
	"passerelle/web/params"
	"passerelle/web/respond"
)

// me names the user of the access token, in a path.
const me = "me"

// userCreate is POST /users: the id stands in Location, and in the body for who looks there.
func (h *Handler) userCreate(q *request) error {
	if q.caller.Kind != grant.TokenClient {
		return errScope("Making a user needs the client application's own access token: grant_type client_credentials with the scope " +
			"users_create.")
	}
	email, err := q.Text("email")
	if err != nil {
		return err
	}
	password, err := q.Text("password")
	if err != nil {
		return err
	}
	profile, err := readProfile(q.Params)
	if err != nil {
		return err
	}
	in := grant.NewPerson{Domain: q.caller.Domain, ClientID: q.caller.ClientID, Email: email, Password: bank.NewSecret(password)}
	profile(&in.Profile)
	p, err := h.People.CreatePerson(q.Request().Context(), in)
	if err != nil {
		return err
	}
	id := strconv.FormatInt(p.ID, 10)
	prefix := strings.TrimSuffix(q.Path(), "/users")
	q.Response().Header().Set("Location", h.PublicURL+prefix+"/users/"+id)
	return respond.JSON(q, http.StatusCreated, struct {
		ID string `json:"id"`
	}{id})
}

// user is GET /users/{id|me}.
func (h *Handler) user(q *request) error {
	p, err := h.named(q)
	if err != nil {
		return err
	}
	must, err := h.People.MustAcceptTerms(q.Request().Context(), p)
	if err != nil {
		return err
	}
	if must && q.Param("id") == me {
		// The whole description: clients compare it.
		return fault.New(fault.Forbidden, codeTerms).WithCode("FORBIDDEN")
	}
	return respond.JSON(q, http.StatusOK, q.version.user(p))
}

// codeTerms is what GET /users/me says where the terms have to be accepted first, in the widget's entry point terms.
const codeTerms = "ACCEPT_TERMS_AND_CONDITIONS_REQUIRED"

// userChange is PATCH and PUT /users/{id|me}: what is sent is changed, the rest stays. What only we decide is ignored, so that an
// object that was read can be sent back.
func (h *Handler) userChange(q *request) error {
	p, err := h.named(q)
	if err != nil {
		return err
	}
	if p.ClientID == 0 {
		return fault.New(fault.Conflict, "This user has no e-mail address and no profile: it was made by the other dialect.")
	}
	var change grant.PersonChange
	if change.Profile, err = readProfile(q.Params); err != nil {
		return err
	}
	if q.Has("email") {
		email, err := q.Text("email")
		if err != nil {
			return err
		}
		change.Email = &email
	}
	if q.Has("password") {
		text, err := q.Text("password")
		if err != nil {
			return err
		}
		password := bank.NewSecret(text)
		change.Password, change.Keep = &password, q.caller.TokenID
	}
	current, err := q.Text("current_password")
	if err != nil {
		return err
	}
	change.Current, change.Check = bank.NewSecret(current), q.caller.Kind != grant.TokenClient
	if p, err = h.People.ChangePerson(q.Request().Context(), p.ID, change); err != nil {
		return absent(err)
	}
	return respond.JSON(q, http.StatusOK, q.version.user(p))
}

// userDelete is DELETE /users/{id|me}: the user and everything of theirs, in one transaction. Their banks are told that the
// consents have ended; a bank that is down is told later, and keeps nobody from being deleted.
func (h *Handler) userDelete(q *request) error {
	p, err := h.named(q)
	if err != nil {
		return err
	}
	ctx := q.Request().Context()
	if _, err := h.Connections.EraseUser(ctx, p.ID, "token:"+string(q.caller.Kind)); err != nil {
		return absent(err)
	}
	return q.NoContent(http.StatusNoContent)
}

// named is the user in the path: the access token's own, or with a client application's token one of that client application. All
// others are as unknown as those that do not exist. A user whom the other dialect made has no address and no profile.
func (h *Handler) named(q *request) (grant.Person, error) {
	ctx, param := q.Request().Context(), q.Param("id")
	var id int64
	var err error
	if param == me {
		id, err = q.user()
	} else if id, err = parseID(param, "id"); err == nil && q.caller.Kind != grant.TokenClient && id != q.caller.UserID {
		err = errAbsent()
	}
	if err != nil {
		return grant.Person{}, err
	}
	p, err := h.People.Person(ctx, id)
	switch {
	case err == nil && q.caller.Kind == grant.TokenClient && (p.ClientID != q.caller.ClientID || p.Domain != q.caller.Domain):
		return grant.Person{}, errAbsent()
	case fault.Is(err, fault.NotFound) && q.caller.Kind != grant.TokenClient:
		u, err := h.Grants.User(ctx, q.caller.Domain, id)
		return grant.Person{User: u}, absent(err)
	}
	return p, absent(err)
}

// profileTexts are the members that are texts.
var profileTexts = []struct {
	name  string
	field func(*grant.Profile) *string
}{
	{"first_name", func(p *grant.Profile) *string { return &p.FirstName }},
	{"last_name", func(p *grant.Profile) *string { return &p.LastName }},
	{"gender", func(p *grant.Profile) *string { return &p.Gender }},
}

// readProfile reads what is told of a person and gives what puts it into a profile: members that were not sent stay as they are, null
// empties them.
func readProfile(p *params.Params) (func(*grant.Profile), error) {
	var set []func(*grant.Profile)
	for _, f := range profileTexts {
		text, err := p.OptionalText(f.name, mostProfileText)
		if err != nil {
			return nil, err
		}
		if text != nil {
			set = append(set, func(p *grant.Profile) { *f.field(p) = *text })
		}
	}
	if p.Has("birthdate") {
		day, err := readBirthdate(p)
		if err != nil {
			return nil, err
		}
		set = append(set, func(p *grant.Profile) { p.Birthdate = day })
	}
	if p.Has("address") {
		address, err := readAddress(p)
		if err != nil {
			return nil, err
		}
		set = append(set, func(p *grant.Profile) { p.Address = address })
	}
	return func(p *grant.Profile) {
		for _, f := range set {
			f(p)
		}
	}, nil
}
