package powens

import (
	"fmt"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"passerelle/internal/bank"
	"passerelle/internal/directory"
	"passerelle/internal/grant"
	"passerelle/web/respond"

	"passerelle/web/params"
)

// mostOffset bounds how far an offset reaches: further on, following _links costs less.
const mostOffset = 100_000

var countryPattern = regexp.MustCompile(`^[A-Za-z]{2}$`)

// catalogueQuery is what was asked of the list of connectors.
type catalogueQuery struct {
	countries     []string
	expand        expansion
	limit, offset int
	// operator says that a config manage token asks for hidden ones too.
	operator bool
}

// list makes the handler of GET /connectors and its deprecated aliases, which have keys of their own. A capability narrows
// the list. With a config manage token, the flag all shows hidden connectors and disabled sources too; without one it is
// ignored like any parameter that is not known.
func list(key, capability string) func(h *Handler, q *request) error {
	return func(h *Handler, q *request) error {
		asked, err := h.readCatalogueQuery(q)
		if err != nil {
			return err
		}
		version := h.Directory.Version()
		name := fmt.Sprintf("%s %s %v %d %d %v %s", key, strings.ToLower(strings.Join(asked.countries, ",")), asked.expand.among(connectorExpands),
			asked.limit, asked.offset, asked.operator, q.language())
		if kept := h.lists.get(version, name); kept != nil {
			return kept.send(q)
		}
		f := directory.Filter{Countries: asked.countries}
		if capability != "" {
			f.Capabilities = []string{capability}
		}
		rendered, err := render(h.catalogue(q, key, f, asked))
		if err != nil {
			return err
		}
		h.lists.put(version, name, rendered)
		return rendered.send(q)
	}
}

func (h *Handler) readCatalogueQuery(q *request) (asked catalogueQuery, err error) {
	if asked.expand, err = q.expand(); err != nil {
		return asked, err
	}
	if asked.countries, err = q.countries(); err != nil {
		return asked, err
	}
	if asked.limit, err = q.QueryNumber("limit", 1, math.MaxInt32, math.MaxInt32); err != nil {
		return asked, err
	}
	if asked.offset, err = q.QueryNumber("offset", 0, math.MaxInt32, 0); err != nil {
		return asked, err
	}
	asked.operator, err = h.operator(q)
	return asked, err
}

// operator says whether the caller may see what is hidden, and asks for it.
func (h *Handler) operator(q *request) (bool, error) {
	all, err := q.QueryFlag("all")
	if err != nil || !all || len(q.Request().Header.Values("Authorization")) == 0 {
		return false, err
	}
	presented, err := params.Bearer(q.Request())
	if err != nil {
		return false, err
	}
	caller, err := h.Grants.Authenticate(q.Request().Context(), presented)
	return caller.Kind == grant.TokenManageConfig, err
}

func (h *Handler) catalogue(q *request, key string, f directory.Filter, asked catalogueQuery) map[string]any {
	var all []*bank.Connector
	if asked.operator {
		all = h.Directory.All(f)
	} else {
		all = h.Directory.Top(f, 0)
	}
	from := min(asked.offset, len(all))
	page := all[from:min(len(all), from+asked.limit)]
	out := make([]connectorObject, 0, len(page))
	for _, c := range page {
		o := h.newConnector(c, asked.expand, q.language())
		if asked.operator && asked.expand.has("sources") {
			o.Sources = allSources(c)
		}
		out = append(out, o)
	}
	return map[string]any{key: out, "total": len(all)}
}

// countries reads country_codes; commas separate.
func (q *request) countries() ([]string, error) {
	raw := q.Query["country_codes"]
	if raw == "" {
		return nil, nil
	}
	codes := strings.Split(raw, ",")
	for _, c := range codes {
		if !countryPattern.MatchString(c) {
			return nil, params.ErrValue("country_codes", "must be ISO 3166-1 alpha-2 codes separated by commas")
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
func (h *Handler) find(q *request) (*bank.Connector, error) { return h.findNamed(q.Param("connector")) }

func (h *Handler) findNamed(name string) (*bank.Connector, error) {
	if params.Digits(name) {
		id, err := pathID(name, "connector")
		if err != nil {
			return nil, err
		}
		if c, ok := h.Directory.ByID(id); ok {
			return c, nil
		}
		return nil, errAbsent()
	}
	if c, ok := h.Directory.ByUUID(strings.ToLower(name)); ok {
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
	return respond.JSON(q, http.StatusOK, h.newConnector(c, expand, q.language()))
}

// connectorFields is GET /connectors/{uuid|id}/fields.
func (h *Handler) connectorFields(q *request) error {
	c, err := h.find(q)
	if err != nil {
		return err
	}
	return respond.JSON(q, http.StatusOK, map[string]any{"fields": newFields(c, q.language())})
}

// sources are what the caller may see of a connector's sources.
func (h *Handler) sources(q *request) (*bank.Connector, []sourceObject, error) {
	c, err := h.find(q)
	if err != nil {
		return nil, nil, err
	}
	operator, err := h.operator(q)
	if err != nil {
		return nil, nil, err
	}
	if operator {
		return c, allSources(c), nil
	}
	return c, newSources(c), nil
}

// connectorSources is GET /connectors/{uuid|id}/sources.
func (h *Handler) connectorSources(q *request) error {
	_, all, err := h.sources(q)
	if err != nil {
		return err
	}
	return respond.JSON(q, http.StatusOK, map[string]any{"sources": all})
}

// connectorSource is GET /connectors/{uuid|id}/sources/{id}.
func (h *Handler) connectorSource(q *request) error {
	_, all, err := h.sources(q)
	if err != nil {
		return err
	}
	id, err := pathID(q.Param("source"), "id_source")
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(s sourceObject) bool { return s.ID == id })
	if i < 0 {
		return errAbsent()
	}
	return respond.JSON(q, http.StatusOK, all[i])
}
