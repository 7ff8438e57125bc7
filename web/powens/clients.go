package powens

import (
	"net/http"
	"strings"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
	"passerelle/web/respond"

	"passerelle/web/params"
)

type clientObject struct {
	ID           int64          `json:"id"`
	Name         string         `json:"name"`
	Secret       *string        `json:"secret"`
	PublicKey    *string        `json:"public_key"`
	PrivateKey   *string        `json:"private_key"`
	RedirectURIs []string       `json:"redirect_uris"`
	IDLogo       *int64         `json:"id_logo"`
	PrimaryColor *string        `json:"primary_color"`
	Config       map[string]any `json:"config"`
}

// newClient renders a client application. Secrets are kept hashed, so that one is shown when it is made and never again,
// whoever asks.
func newClient(c grant.Client, secret bank.Secret) clientObject {
	o := clientObject{
		ID: c.ID, Name: c.Name, Secret: text(secret.Reveal()), RedirectURIs: texts(c.RedirectURIs),
		PrimaryColor: text(c.Options.PrimaryColor), Config: clientConfig(c.Options),
	}
	return o
}

// clients is GET /clients.
func (h *Handler) clients(q *request) error {
	all, err := h.Grants.DomainClients(q.Request().Context(), q.caller.Domain)
	if err != nil {
		return err
	}
	out := make([]clientObject, 0, len(all))
	for _, c := range all {
		out = append(out, newClient(c, bank.Secret{}))
	}
	return respond.JSON(q, http.StatusOK, map[string]any{"clients": out, "total": len(out)})
}

// client is GET /clients/{id}: any of the domain with the config manage token, with a user's token the one that it was made for,
// and of that what its end users see.
func (h *Handler) client(q *request) error {
	id, err := pathID(q.Param("client"), "id_client")
	if err != nil {
		return err
	}
	if q.caller.Kind == grant.TokenManageUsers || q.caller.Kind != grant.TokenManageConfig && q.caller.ClientID != id {
		return errAbsent()
	}
	c, err := h.Grants.DomainClient(q.Request().Context(), q.caller.Domain, id)
	if err != nil {
		return absent(err)
	}
	if q.caller.Kind != grant.TokenManageConfig {
		c.Options = grant.Options{PrimaryColor: c.Options.PrimaryColor}
	}
	return respond.JSON(q, http.StatusOK, newClient(c, bank.Secret{}))
}

// clientCreate is POST /clients.
func (h *Handler) clientCreate(q *request) error {
	name, err := q.Required("name")
	if err != nil {
		return err
	}
	n := grant.NewClient{Name: name, Domain: q.caller.Domain}
	if err := q.noKeys(); err != nil {
		return err
	}
	uris, err := q.redirectURIs()
	if err != nil {
		return err
	}
	if uris != nil {
		n.RedirectURIs = *uris
	}
	change, err := q.optionsChange()
	if err != nil {
		return err
	}
	if err := change(&n.Options); err != nil {
		return err
	}
	issued, err := h.Grants.CreateClient(q.Request().Context(), n)
	if err != nil {
		return err
	}
	h.origins.forget()
	return respond.JSON(q, http.StatusCreated, newClient(issued.Client, issued.Secret))
}

// clientChange is PUT and POST /clients/{id}. The looks that the pages do not have (secondary_color, descriptions, pro) are
// ignored.
func (h *Handler) clientChange(q *request) error {
	ctx := q.Request().Context()
	id, err := pathID(q.Param("client"), "id_client")
	if err != nil {
		return err
	}
	var change grant.ClientChange
	if err := q.noKeys(); err != nil {
		return err
	}
	if change.Name, err = q.OptionalText("name", mostOwnName); err != nil {
		return err
	}
	if change.RedirectURIs, err = q.redirectURIs(); err != nil {
		return err
	}
	if change.Options, err = q.optionsChange(); err != nil {
		return err
	}
	reset, err := q.secretReset()
	if err != nil {
		return err
	}
	c, err := h.Grants.ChangeClient(ctx, q.caller.Domain, id, change)
	if err != nil {
		return absent(err)
	}
	h.origins.forget()
	var secret bank.Secret
	if reset {
		issued, err := h.Grants.RotateClientSecret(ctx, id)
		if err != nil {
			return absent(err)
		}
		c, secret = issued.Client, issued.Secret
	}
	return respond.JSON(q, http.StatusOK, newClient(c, secret))
}

// clientDelete is DELETE /clients/{id}.
func (h *Handler) clientDelete(q *request) error {
	id, err := pathID(q.Param("client"), "id_client")
	if err != nil {
		return err
	}
	if err := h.Grants.DeleteClient(q.Request().Context(), q.caller.Domain, id); err != nil {
		return absent(err)
	}
	h.origins.forget()
	return q.NoContent(http.StatusNoContent)
}

// noKeys refuses to make a key pair: no payload here is encrypted with one, and a client that holds a key believes it is.
func (q *request) noKeys() error {
	wanted, err := q.Flag("generate_keys")
	if err == nil && wanted {
		err = fault.New(fault.Invalid, "The parameter generate_keys is not supported: send values over TLS, they are sealed where "+
			"they are kept.").WithField("generate_keys").WithCode("notSupported")
	}
	return err
}

// redirectURIs reads redirect_uris, or the old redirect_uri; nil when neither is there.
func (q *request) redirectURIs() (*[]string, error) {
	if q.Has("redirect_uris") {
		return q.Texts("redirect_uris")
	}
	one, err := q.OptionalText("redirect_uri", mostRedirectURI)
	if err != nil || one == nil {
		return nil, err
	}
	return &[]string{strings.TrimSpace(*one)}, nil
}

const mostRedirectURI = 2000

// secretReset says whether a new secret is asked for. A client application does not choose its own: what people choose is
// guessed.
func (q *request) secretReset() (bool, error) {
	v := q.Body["secret"]
	if v.Kind == 0 || v.Kind == params.KindNull || v.Kind == params.KindText && v.Text == "" {
		return false, nil
	}
	if on, ok := params.Switches[strings.ToLower(v.Text)]; ok && v.Kind != params.KindNested {
		return on, nil
	}
	return false, params.ErrValue("secret", "must be true, which makes a new one: secrets are generated here")
}
