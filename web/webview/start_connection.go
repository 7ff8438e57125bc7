package webview

import (
	"strconv"
	"strings"

	"passerelle/internal/connect"
)

// mostSources caps a list of sources; a connector has one or two.
const mostSources = 10

// connection reads what concerns a connection that is there already. A reconnect needs one; the manage flow may be opened on one;
// a connect has no use for it.
func (q *startQuery) connection(flow connect.Flow, r *connect.Request) error {
	if flow == connect.FlowConnect {
		return nil
	}
	given := q.values.Get("connection_id")
	if given == "" && flow == connect.FlowReconnect {
		return refuse("connection_id", "connection_id is missing: name the connection to reconnect.")
	}
	if given != "" {
		id, err := strconv.ParseInt(given, 10, 64)
		if err != nil || id < 1 {
			return refuse("connection_id", "connection_id must be the number of a connection.")
		}
		r.ConnectionID = id
	}
	if flow != connect.FlowReconnect {
		return nil
	}
	var err error
	if r.Reset, err = q.flag("reset_credentials"); err != nil {
		return err
	}
	r.Sources, err = q.sources("connection_sources", "sources")
	return err
}

// flag reads a switch: true, false, 1, 0, or no value at all, which is true.
func (q *startQuery) flag(name string) (bool, error) {
	if !q.values.Has(name) {
		return false, nil
	}
	switch strings.ToLower(q.values.Get(name)) {
	case "true", "1", "":
		return true, nil
	case "false", "0":
		return false, nil
	}
	return false, refuse(name, "%s must be true or false.", name)
}

// sources reads the names of sources from several parameters: the reference has one name for it, the official component another.
func (q *startQuery) sources(names ...string) ([]string, error) {
	var out []string
	for _, name := range names {
		for _, source := range q.list(name) {
			if len(source) > 40 || !letters(source) || len(out) == mostSources {
				return nil, refuse(name, "%s must be a comma-separated list of source names, such as openapi.", name)
			}
			out = append(out, source)
		}
	}
	return out, nil
}
