package linxo

import (
	"net/http"
	"strings"

	"passerelle/internal/bank"
	"passerelle/internal/directory"
	"passerelle/web/params"
	"passerelle/web/respond"
)

// providersLimit is how many connectors one answer lists when the caller does not say; the vendor's own program asks for as many.
const providersLimit = 250

// providers is GET /providers: the connectors that can be offered, the most used first, or those that q means, the best first. What cannot
// be connected here (hidden, its kind without the operator's settings, no address) is left out, and found by its id alone.
func (h *Handler) providers(q *request) error {
	p, err := q.paging(providersLimit)
	if err != nil {
		return err
	}
	wanted, err := q.text("q")
	if err != nil {
		return err
	}
	f, err := q.countries()
	if err != nil {
		return err
	}
	var found []*bank.Connector
	if wanted == "" {
		found = h.Directory.Top(f, 0)
	} else {
		hits, _ := h.Directory.Search(wanted, f, mostLimit)
		for _, hit := range hits {
			found = append(found, hit.Connector)
		}
	}
	list, lang := []providerObject{}, q.language()
	for _, c := range cut(found, p) {
		list = append(list, h.newProvider(c, lang))
	}
	return showList(q, "providers", list)
}

// provider is GET /providers/{id}, hidden or not: connections made earlier still name it.
func (h *Handler) provider(q *request) error {
	id, err := parseID(q.Param("id"), "id")
	if err != nil {
		return err
	}
	c, ok := h.Directory.ByID(id)
	if !ok {
		return errAbsent()
	}
	return respond.JSON(q, http.StatusOK, h.newProvider(c, q.language()))
}

// countries reads which countries' connectors: country, or countries as the widget calls it.
func (q *request) countries() (f directory.Filter, err error) {
	const code = 2
	for _, name := range []string{"country", "countries"} {
		if q.Query[name] == "" {
			continue
		}
		for part := range strings.SplitSeq(q.Query[name], ",") {
			part = strings.ToLower(strings.TrimSpace(part))
			if len(part) != code || strings.Trim(part, "abcdefghijklmnopqrstuvwxyz") != "" || len(f.Countries) == mostIDs {
				return f, params.ErrValue(name, "must be country codes of two letters such as FR, separated by commas")
			}
			f.Countries = append(f.Countries, part)
		}
	}
	return f, nil
}

// language is what labels are wanted in: the widget's parameters before the header, a primary tag such as fr.
func (q *request) language() string {
	for _, s := range []string{q.Query["locale"], q.Query["lng"], q.Request().Header.Get("Accept-Language")} {
		if end := strings.IndexAny(s, "-_,; "); end >= 0 {
			s = s[:end]
		}
		if s != "" {
			return strings.ToLower(s)
		}
	}
	return "en"
}
