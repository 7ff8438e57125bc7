package powens

import (
	"maps"
	"regexp"
	"slices"
)

var param = regexp.MustCompile(`:([a-z]+)`)

// Routes are the addresses of the API as the description writes them: method, space, path.
func Routes() []string {
	var out []string
	for _, r := range routes() {
		out = append(out, r.method+" "+param.ReplaceAllString(r.path, "{$1}"))
	}
	return out
}

// SettingNames are the names of a domain's settings that Powens documents.
func SettingNames() []string { return slices.Sorted(maps.Keys(settingDefaults)) }
