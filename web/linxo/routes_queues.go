package linxo

import (
	"net/http"

	"passerelle/internal/grant"
)

// queuesRead are the scopes of following a user: whoever may read what comes of it may see it come.
var queuesRead = grant.Scopes{grant.ScopeConnectionSync, grant.ScopeConnectionManage, grant.ScopeAccountsRead, grant.ScopeAccountsManage}

func queueRoutes() []route {
	const all, one = pathQueues, pathQueues + "/:id"
	return []route{
		{http.MethodPost, all, queuesRead, 0, once((*Handler).queueOpen)},
		{http.MethodGet, one, queuesRead, 0, (*Handler).queue},
		{http.MethodDelete, one, queuesRead, 0, (*Handler).queueClose},
		{http.MethodGet, one + "/events", queuesRead, 0, (*Handler).queueEvents},
	}
}

const pathQueues = "/event_queues"
