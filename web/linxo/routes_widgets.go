package linxo

import "net/http"

// widgetRoutes are the two addresses at which a widget session is made; the pages that it opens are web/webview's.
func widgetRoutes() []route {
	return []route{
		{method: http.MethodPost, path: "/widget" + pathSession, handle: once((*Handler).newWidgetSession)},
		{method: http.MethodPost, path: pathSession, handle: once((*Handler).newWidgetSession)},
	}
}

const pathSession = "/widget_session"
