package powens

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"passerelle/internal/bank"
	"passerelle/internal/directory"
	"passerelle/web/respond"

	"passerelle/web/params"
)

// mostConnectors is how many connectors one request changes.
const mostConnectors = 100

// connectorChange is PUT /connectors/{uuid|id}, and the deprecated form with several separated by commas. sync_periodicity is
// accepted and ignored: connections are read every 24 hours.
func (h *Handler) connectorChange(q *request) error {
	hidden, err := q.OptionalFlag("hidden")
	if err != nil {
		return err
	}
	names := strings.Split(q.Param("connector"), ",")
	if len(names) > mostConnectors {
		return params.ErrValue("connector", "must name at most 100 connectors")
	}
	var changes []directory.Choice
	for _, name := range names {
		c, err := h.findNamed(strings.TrimSpace(name))
		if err != nil {
			return err
		}
		changes = append(changes, directory.Choice{UUID: c.UUID, Hidden: hidden})
	}
	changed, err := h.choose(q, changes)
	if err != nil {
		return err
	}
	if len(names) == 1 {
		return respond.JSON(q, http.StatusOK, changed[0])
	}
	return respond.JSON(q, http.StatusOK, map[string]any{"connectors": changed, "total": len(changed)})
}

// connectorsChange is PATCH /connectors: a map of UUIDs (or numbers) to what PUT takes. All of them or none.
func (h *Handler) connectorsChange(q *request) error {
	var changes []directory.Choice
	for _, name := range sortedNames(q.Body) {
		fields, err := q.Nested(name)
		if err != nil || fields == nil {
			return params.ErrValue(name, "must be a JSON object such as {\"hidden\": true}")
		}
		c, err := h.findNamed(name)
		if err != nil {
			return err
		}
		change := directory.Choice{UUID: c.UUID}
		if raw, ok := fields["hidden"]; ok && json.Unmarshal(raw, &change.Hidden) != nil {
			return params.ErrValue(name, "must have true or false for hidden")
		}
		changes = append(changes, change)
	}
	changed, err := h.choose(q, changes)
	if err != nil {
		return err
	}
	return respond.JSON(q, http.StatusOK, map[string]any{"connectors": changed, "total": len(changed)})
}

func sortedNames(body map[string]params.Value) []string {
	names := make([]string, 0, len(body))
	for name := range body {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// choose makes an operator's choices hold and gives the connectors as they are then.
func (h *Handler) choose(q *request, changes []directory.Choice) ([]connectorObject, error) {
	if len(changes) > 0 {
		if err := h.Directory.Choose(q.Request().Context(), h.Choices, changes, h.now()); err != nil {
			return nil, err
		}
	}
	out := make([]connectorObject, 0, len(changes))
	for _, change := range changes {
		c, ok := h.Directory.ByUUID(change.UUID)
		if !ok {
			return nil, errAbsent()
		}
		out = append(out, h.newConnector(c, nil, q.language()))
	}
	return out, nil
}

// sourceChange is PUT /connectors/{uuid|id}/sources/{id}: disabled takes a way in out of use, for new connections and old ones
// alike. A source has one way to authenticate, so that auth_mechanism can only say what is so already.
func (h *Handler) sourceChange(q *request) error {
	c, err := h.find(q)
	if err != nil {
		return err
	}
	id, err := pathID(q.Param("source"), "id_source")
	if err != nil {
		return err
	}
	i := slices.IndexFunc(c.Sources, func(s bank.Source) bool { return s.ID == id })
	if i < 0 {
		return errAbsent()
	}
	source := c.Sources[i]
	mechanism, err := q.Text("auth_mechanism")
	if err != nil {
		return err
	}
	if mechanism != "" && mechanism != string(source.Auth) {
		return params.ErrValue("auth_mechanism", "must be one of available_auth_mechanisms")
	}
	disabled, err := q.disabled()
	if err != nil {
		return err
	}
	if disabled != nil {
		if _, err := h.choose(q, []directory.Choice{{UUID: c.UUID, Disabled: map[string]bool{source.Name: *disabled}}}); err != nil {
			return err
		}
	}
	now, ok := h.Directory.ByUUID(c.UUID)
	if !ok {
		return errAbsent()
	}
	for _, s := range allSources(now) {
		if s.ID == id {
			return respond.JSON(q, http.StatusOK, s)
		}
	}
	return errAbsent()
}
