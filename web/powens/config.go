package powens

import (
	"net/http"
	"strings"

	"passerelle/internal/grant"
	"passerelle/web/respond"

	"passerelle/web/params"
)

// settingDefaults are the settings that Powens documents, with what holds while nobody sets them. Those that do something here
// are in decisions.go.
var settingDefaults = map[string]string{
	"autosync.retry_wrongpass": "1", grant.SettingAllowedOrigins: "", "biapi.manager.email": "",
	"connectors.default_auth_mechanism": "webauth", "connectors.enable_new": "0", "connectors.sources.enable_new": "1",
	"oauth2.enabled": "1", "webhooks.alerts_frequency": "1", grant.SettingCompression: "0",
}

// config is GET /config: the settings by their names. With search, those whose name holds it.
func (h *Handler) config(q *request) error {
	search, err := q.queryText("search", mostFilterText)
	if err != nil {
		return err
	}
	return h.showConfig(q, search)
}

func (h *Handler) showConfig(q *request, search string) error {
	set, err := h.Grants.Settings(q.Request().Context(), q.caller.Domain)
	if err != nil {
		return err
	}
	out := map[string]string{}
	for _, from := range []map[string]string{settingDefaults, set} {
		for name, value := range from {
			if strings.Contains(strings.ToLower(name), strings.ToLower(search)) {
				out[name] = value
			}
		}
	}
	return respond.JSON(q, http.StatusOK, out)
}

// configChange is POST /config: flat names and values; null brings the default back. A switch is kept as 1 or 0, as documented.
func (h *Handler) configChange(q *request) error {
	changes := make(map[string]*string, len(q.Body))
	for name, v := range q.Body {
		text := v.Text
		switch v.Kind {
		case params.KindNull:
			changes[name] = nil
			continue
		case params.KindNested:
			return params.ErrValue(name, "must be text, a number or a switch: settings are flat")
		case params.KindBool:
			text = "0"
			if v.Text == "true" {
				text = "1"
			}
		case params.KindText, params.KindNumber:
		}
		changes[name] = &text
	}
	if err := h.Grants.SetSettings(q.Request().Context(), q.caller.Domain, changes); err != nil {
		return err
	}
	h.origins.forget()
	return h.showConfig(q, "")
}

type configLogObject struct {
	ID        int64   `json:"id"`
	Timestamp string  `json:"timestamp"`
	Key       string  `json:"key"`
	OldValue  *string `json:"old_value"`
	NewValue  *string `json:"new_value"`
}

// mostLogs is how many entries of a log one answer lists.
const mostLogs = 1000

// configLogs is GET /config/logs, newest first.
func (h *Handler) configLogs(q *request) error {
	limit, err := q.QueryNumber("limit", 1, mostLogs, mostLogs)
	if err != nil {
		return err
	}
	offset, err := q.QueryNumber("offset", 0, mostOffset, 0)
	if err != nil {
		return err
	}
	logs, err := h.Grants.SettingLogs(q.Request().Context(), q.caller.Domain, limit, offset)
	if err != nil {
		return err
	}
	out := make([]configLogObject, 0, len(logs))
	for _, l := range logs {
		out = append(out, configLogObject{ID: l.ID, Timestamp: stamp(l.Created), Key: l.Name, OldValue: l.Old, NewValue: l.New})
	}
	return respond.JSON(q, http.StatusOK, map[string]any{"configlogs": out})
}
