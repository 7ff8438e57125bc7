package linxo

import (
	"net/http"

	"passerelle/internal/grant"
)

// transactionsRead are the scopes of reading movements. The quick start reads them with accounts_read alone.
var transactionsRead = grant.Scopes{grant.ScopeTransactionsRead, grant.ScopeAccountsRead, grant.ScopeAccountsManage}

func transactionRoutes() []route {
	return []route{
		{http.MethodGet, "/transactions", transactionsRead, 0, (*Handler).transactions},
		{http.MethodGet, "/transactions/:id", transactionsRead, 0, (*Handler).transaction},
	}
}
