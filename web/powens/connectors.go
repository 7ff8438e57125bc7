package powens

import (
	"math"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"passerelle/internal/bank"
	"passerelle/internal/directory"
	"passerelle/web/respond"
)

// mostOffset bounds how far an offset reaches: further on, following _links costs less.
const mostOffset = 100_000

var countryPattern = regexp.MustCompile(`^[A-Za-z]{2}$`)

// list makes the handler of GET /connectors and its deprecated aliases, which have keys of their own. A capability narrows
// the list.
func list(key, capability string) func(h *Handler, q *request) error {
	return func(h *Handler, q *request) error {
		expand, err := q.expand()
		if err != nil {
			return err
		}
		var f directory.Filter
		if f.Countries, err = q.countries(); err != nil {
			return err
		}
		if capability != "" {
			f.Capabilities = []string{capability}
		}
		limit, err := q.queryNumber("limit", 1, math.MaxInt32, math.MaxInt32)
		if err != nil {
			return err
		}
		offset, err := q.queryNumber("offset", 0, math.MaxInt32, 0)
		if err != nil {
			return err
		}
		all := h.Directory.Top(f, 0)
		from := min(offset, len(all))
		out := make([]connectorObject, 0, min(limit, len(all)-from))
		for _, c := range all[from:min(len(all), from+limit)] {
			out = append(out, newConnector(c, expand, q.language()))
		}
		return respond.JSON(q, http.StatusOK, map[string]any{key: out, "total": len(all)})
	}
}

// countries reads country_codes; commas separate.
func (q *request) countries() ([]string, error) {
	raw := q.query["country_codes"]
	if raw == "" {
		return nil, nil
	}
	codes := strings.Split(raw, ",")
	for _, c := range codes {
		if !countryPattern.MatchString(c) {
			return nil, errValue("country_codes", "must be ISO 3166-1 alpha-2 codes separated by commas")
		}
	}
	return codes, nil
}

// language is what labels are shown in: the first that the caller accepts, by its primary tag. Texts fall back to English.
func (q *request) language() string {
	tag, _, _ := strings.Cut(q.Request().Header.Get("Accept-Language"), ",")
	tag, _, _ = strings.Cut(tag, ";")
	tag, _, _ = strings.Cut(strings.TrimSpace(tag), "-")
	return strings.ToLower(tag)
}

// find finds the connector in the path, by UUID or by its deprecated number, hidden or not.
func (h *Handler) find(q *request) (*bank.Connector, error) {
	param := q.Param("connector")
	if digits(param) {
		id, err := pathID(param, "connector")
		if err != nil {
			return nil, err
		}
		if c, ok := h.Directory.ByID(id); ok {
			return c, nil
		}
		return nil, errAbsent()
	}
	if c, ok := h.Directory.ByUUID(strings.ToLower(param)); ok {
		return c, nil
	}
	return nil, errAbsent()
}

// connector is GET /connectors/{uuid|id}.
func (h *Handler) connector(q *request) error {
	expand, err := q.expand()
	if err != nil {
		return err
	}
	c, err := h.find(q)
	if err != nil {
		return err
	}
	return respond.JSON(q, http.StatusOK, newConnector(c, expand, q.language()))
}

// connectorFields is GET /connectors/{uuid|id}/fields.
func (h *Handler) connectorFields(q *request) error {
	c, err := h.find(q)
	if err != nil {
		return err
	}
	return respond.JSON(q, http.StatusOK, map[string]any{"fields": newFields(c, q.language())})
}

// connectorSources is GET /connectors/{uuid|id}/sources.
func (h *Handler) connectorSources(q *request) error {
	c, err := h.find(q)
	if err != nil {
		return err
	}
	return respond.JSON(q, http.StatusOK, map[string]any{"sources": newSources(c)})
}

// connectorSource is GET /connectors/{uuid|id}/sources/{id}.
func (h *Handler) connectorSource(q *request) error {
	c, err := h.find(q)
	if err != nil {
		return err
	}
	id, err := pathID(q.Param("source"), "id_source")
	if err != nil {
		return err
	}
	all := newSources(c)
	i := slices.IndexFunc(all, func(s sourceObject) bool { return s.ID == id })
	if i < 0 {
		return errAbsent()
	}
	return respond.JSON(q, http.StatusOK, all[i])
}
