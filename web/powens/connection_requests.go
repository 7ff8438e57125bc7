package powens

import (
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"passerelle/internal/bank"
	"passerelle/internal/connect/direct"
	"passerelle/internal/connector"

	"passerelle/web/params"
)

// connectionWords are the parameters of connections themselves; every other one may be the value of a connector's field.
var connectionWords = map[string]bool{
	"connector_uuid": true, "id_connector": true, "id_bank": true, "id_provider": true, "source": true, "expand": true, "all": true,
	"background": true, "active": true, "expire": true, "resume": true, "refresh_auth": true, "psu_requested": true,
}

// connectionCreate is POST /users/{id|me}/connections.
func (h *Handler) connectionCreate(q *request) error {
	in := direct.Create{UserID: q.userID, Values: q.values(), PSU: q.psu()}
	var err error
	if in.ConnectorUUID, in.ConnectorID, err = q.connector(); err != nil {
		return err
	}
	if in.Source, err = q.either("source"); err != nil {
		return err
	}
	if in.Background, err = q.eitherFlag("background", false); err != nil {
		return err
	}
	if err := q.expandable(); err != nil {
		return err
	}
	c, err := h.Direct.Create(q.Request().Context(), in)
	if err != nil {
		return absent(err)
	}
	return h.showConnection(q, statusOf(c), c)
}

// connectionUpdate is POST /users/{id|me}/connections/{cid}.
func (h *Handler) connectionUpdate(q *request) error {
	in := direct.Update{UserID: q.userID, Values: q.values(), PSU: q.psu()}
	var err error
	if in.ConnectionID, err = pathID(q.Param("connection"), "id_connection"); err != nil {
		return err
	}
	if in.Source, err = q.either("source"); err != nil {
		return err
	}
	for name, to := range map[string]*bool{"resume": &in.Resume, "refresh_auth": &in.RefreshAuth, "background": &in.Background} {
		if *to, err = q.eitherFlag(name, false); err != nil {
			return err
		}
	}
	if in.Settings.Active, err = q.OptionalFlag("active"); err != nil {
		return err
	}
	if in.Settings.Expire, err = q.future("expire"); err != nil {
		return err
	}
	if err := q.expandable(); err != nil {
		return err
	}
	c, err := h.Direct.Update(q.Request().Context(), in)
	if err != nil {
		return absent(err)
	}
	return h.showConnection(q, statusOf(c), c)
}

// connectionForce is PUT /users/{id|me}/connections/{cid}: read it now.
func (h *Handler) connectionForce(q *request) error {
	in := direct.Force{UserID: q.userID, PSU: q.psu()}
	var err error
	if in.ConnectionID, err = pathID(q.Param("connection"), "id_connection"); err != nil {
		return err
	}
	attended, err := q.eitherFlag("psu_requested", true)
	if err != nil {
		return err
	}
	in.Unattended = !attended
	if in.Background, err = q.eitherFlag("background", false); err != nil {
		return err
	}
	if err := q.expandable(); err != nil {
		return err
	}
	c, err := h.Direct.Force(q.Request().Context(), in)
	if err != nil {
		return absent(err)
	}
	return h.showConnection(q, statusOf(c), c)
}

// connectionsForce is PUT /users/{id|me}/connections: read all of them soon.
func (h *Handler) connectionsForce(q *request) error {
	attended, err := q.eitherFlag("psu_requested", true)
	if err != nil {
		return err
	}
	if _, err := q.eitherFlag("background", true); err != nil {
		return err
	}
	if err := q.expandable(); err != nil {
		return err
	}
	all, err := h.Direct.ForceAll(q.Request().Context(), q.userID, !attended)
	if err != nil {
		return absent(err)
	}
	return h.showConnections(q, http.StatusAccepted, all)
}

// psu tells of the end user that the client backend speaks for. The address that the request came from is the client
// backend's, so none is passed on.
func (q *request) psu() connector.PSU { return connector.PSU{Present: true, Lang: q.language()} }

// values are the body's parameters that may be a connector's fields. They are secrets until a connector says otherwise.
func (q *request) values() map[string]bank.Secret {
	out := make(map[string]bank.Secret, len(q.Body))
	for name, v := range q.Body {
		switch v.Kind {
		case params.KindText, params.KindNumber, params.KindBool:
			if !connectionWords[name] && v.Text != "" {
				out[name] = bank.NewSecret(v.Text)
			}
		case params.KindNull, params.KindNested:
		}
	}
	return out
}

// connector reads which connector is meant: by UUID, or by number under its name or one of its deprecated names.
func (q *request) connector() (id string, number int64, err error) {
	if id, err = q.Text("connector_uuid"); err != nil {
		return "", 0, err
	}
	if id != "" {
		parsed, err := uuid.Parse(id)
		if err != nil || len(id) != 36 {
			return "", 0, params.ErrValue("connector_uuid", "must be a UUID")
		}
		id = parsed.String()
	}
	for _, name := range []string{"id_connector", "id_bank", "id_provider"} {
		n, err := q.ID(name)
		if err != nil {
			return "", 0, err
		}
		if n != 0 && number == 0 {
			number = n
		}
	}
	return id, number, nil
}

// either gives a text from the body or from the query, "" when it is in neither.
func (q *request) either(name string) (string, error) {
	s, err := q.Text(name)
	if err != nil || s != "" {
		return s, err
	}
	return q.Query[name], nil
}

// eitherFlag gives a switch from the body or from the query, where its name alone turns it on.
func (q *request) eitherFlag(name string, absent bool) (bool, error) {
	on, err := q.OptionalFlag(name)
	if err != nil {
		return false, err
	}
	if on != nil {
		return *on, nil
	}
	if _, has := q.Query[name]; !has {
		return absent, nil
	}
	return q.QueryFlag(name)
}

// future gives a bookkeeping time to come from the body: nil when absent, a pointer to nil for null.
func (q *request) future(name string) (**time.Time, error) {
	if !q.Has(name) {
		return nil, nil
	}
	s, err := q.Text(name)
	if err != nil {
		return nil, err
	}
	var at *time.Time
	if s != "" {
		for _, layout := range []string{stampLayout, dateLayout} {
			if t, err := time.ParseInLocation(layout, s, paris); err == nil {
				t = t.UTC()
				at = &t
				break
			}
		}
		if at == nil || !at.After(time.Now()) {
			return nil, params.ErrValue(name, "must be a time to come, such as 2030-01-31 12:00:00")
		}
	}
	return &at, nil
}

// expandable checks expand before anything happens: an answer that cannot be shown must not be of something that was done. It
// may stand in the body too.
func (q *request) expandable() error {
	s, err := q.Text("expand")
	if err != nil {
		return err
	}
	if _, has := q.Query["expand"]; !has && s != "" {
		q.Query["expand"] = strings.TrimSpace(s)
	}
	_, err = q.expand()
	return err
}
