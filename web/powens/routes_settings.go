package powens

import (
	"net/http"
	"slices"
)

// settingRoutes are client applications and the settings of a domain.
var settingRoutes = slices.Concat([]route{
	{http.MethodGet, "/clients", manageConfig, (*Handler).clients},
	{http.MethodPost, "/clients", manageConfig, once((*Handler).clientCreate)},
	{http.MethodGet, "/clients/:client", bearer, (*Handler).client},
	{http.MethodPost, "/clients/:client", manageConfig, (*Handler).clientChange},
	{http.MethodPut, "/clients/:client", manageConfig, (*Handler).clientChange},
	{http.MethodDelete, "/clients/:client", manageConfig, (*Handler).clientDelete},
	{http.MethodGet, "/config", manageConfig, (*Handler).config},
	{http.MethodPost, "/config", manageConfig, (*Handler).configChange},
	{http.MethodGet, "/config/logs", manageConfig, (*Handler).configLogs},
}, refused("/clients/:client/logo", "The pages show the name of a client application, and no picture.", http.MethodPost, http.MethodDelete))
