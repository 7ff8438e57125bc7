package powens

import (
	"encoding/json"
	"net/http"

	"passerelle/internal/bank"
	"passerelle/internal/webhook"
	"passerelle/web/respond"

	"passerelle/web/params"
)

const grantClientCredentials = "client_credentials"

// webhookAuths is GET /webhooks/auth. Secrets are not in it: nobody can read them again.
func (h *Handler) webhookAuths(q *request) error {
	list, err := h.Webhooks.Store.ListAuths(q.Request().Context(), q.caller.Domain)
	if err != nil {
		return err
	}
	out := make([]authObject, 0, len(list))
	for _, a := range list {
		out = append(out, newAuth(a, false))
	}
	return respond.JSON(q, http.StatusOK, map[string]any{"authproviders": out, "total": len(out)})
}

// webhookAuthCreate is POST /webhooks/auth; the key of a signature is in the answer this once.
func (h *Handler) webhookAuthCreate(q *request) error {
	for _, name := range []string{"config", "secret_key", "private_cert"} {
		if _, has := q.Query[name]; has {
			return params.ErrValue(name, "must not be sent in the query, which ends up in logs; send it in the body")
		}
	}
	q.anywhere()
	n := webhook.NewAuth{Domain: q.caller.Domain}
	kind, err := q.Text("type")
	if err != nil {
		return err
	}
	n.Type = webhook.AuthType(kind)
	if n.Name, err = q.Text("name"); err != nil {
		return err
	}
	if n.Type == webhook.AuthOAuth {
		if n.Config, err = q.oauthConfig(); err != nil {
			return err
		}
	}
	made, err := h.Webhooks.RegisterAuth(q.Request().Context(), n)
	if err != nil {
		return err
	}
	return respond.JSON(q, http.StatusOK, newAuth(made, true))
}

// oauthConfig reads config, or its members beside the others, as a form has them.
func (q *request) oauthConfig() (c webhook.AuthConfig, err error) {
	config, err := q.Nested("config")
	if err != nil {
		return c, err
	}
	read := func(name string) string {
		raw, ok := config[name]
		if !ok {
			s, failed := q.Text(name)
			if failed != nil {
				err = failed
			}
			return s
		}
		var s *string
		if json.Unmarshal(raw, &s) != nil {
			err = params.ErrValue("config."+name, "must be text")
		}
		if s == nil {
			return ""
		}
		return *s
	}
	c.TokenURL, c.ClientID, c.ClientSecret = read("url"), read("client_id"), bank.NewSecret(read("client_secret"))
	grantType := read("grant_type")
	if err == nil && grantType != "" && grantType != grantClientCredentials {
		err = params.ErrValue("config.grant_type", "must be client_credentials")
	}
	if err == nil && (read("public_cert") != "" || read("private_cert") != "") {
		err = params.ErrValue("config.public_cert", "is not supported: client certificates are not sent")
	}
	return c, err
}

// webhookAuth is GET /webhooks/auth/{id}.
func (h *Handler) webhookAuth(q *request) error {
	id, err := pathID(q.Param("auth"), "id_auth")
	if err != nil {
		return err
	}
	a, err := h.Webhooks.Store.Auth(q.Request().Context(), q.caller.Domain, id)
	if err != nil {
		return absent(err)
	}
	return respond.JSON(q, http.StatusOK, newAuth(a, false))
}

// webhookAuthRotate is POST /webhooks/auth/{id}/rotate: a new key, shown this once.
func (h *Handler) webhookAuthRotate(q *request) error {
	id, err := pathID(q.Param("auth"), "id_auth")
	if err != nil {
		return err
	}
	a, err := h.Webhooks.RotateAuth(q.Request().Context(), q.caller.Domain, id)
	if err != nil {
		return absent(err)
	}
	return respond.JSON(q, http.StatusOK, newAuth(a, true))
}

// webhookAuthDelete is DELETE /webhooks/auth/{id}.
func (h *Handler) webhookAuthDelete(q *request) error {
	id, err := pathID(q.Param("auth"), "id_auth")
	if err != nil {
		return err
	}
	if err := h.Webhooks.Store.DeleteAuth(q.Request().Context(), q.caller.Domain, id); err != nil {
		return absent(err)
	}
	return q.NoContent(http.StatusNoContent)
}
