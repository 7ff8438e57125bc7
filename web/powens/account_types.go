package powens

import (
	"net/http"
	"strconv"

	"passerelle/internal/bank"
	"passerelle/web/respond"
)

type accountTypeObject struct {
	ID           int    `json:"id"`
	Name         string `json:"name"`
	IDParent     *int   `json:"id_parent"`
	IsInvest     bool   `json:"is_invest"`
	DisplayName  string `json:"display_name"`
	DisplayNameP string `json:"display_name_p"`
}

// accountTypes number and name the account types. The numbers are ours and stable: append, never renumber. English, then
// French, as display_name and display_name_p are documented.
var accountTypes = []struct {
	name, parent bank.AccountType
	invest       bool
	display      [2]string
}{
	{bank.AccountUnknown, "", false, [2]string{"Unknown", "Inconnu"}},
	{bank.AccountChecking, "", false, [2]string{"Checking account", "Compte courant"}},
	{bank.AccountSavings, "", false, [2]string{"Savings account", "Compte épargne"}},
	{bank.AccountDeposit, "", false, [2]string{"Deposit account", "Compte de dépôt"}},
	{bank.AccountLoan, "", false, [2]string{"Loan", "Prêt"}},
	{bank.AccountMarket, "", true, [2]string{"Securities account", "Compte titres"}},
	{bank.AccountPEA, bank.AccountMarket, true, [2]string{"Share savings plan (PEA)", "Plan d'épargne en actions"}},
	{bank.AccountCard, bank.AccountChecking, false, [2]string{"Card", "Carte"}},
	{bank.AccountLifeInsurance, "", true, [2]string{"Life insurance", "Assurance vie"}},
	{bank.AccountPEE, "", true, [2]string{"Company savings plan (PEE)", "Plan d'épargne entreprise"}},
	{bank.AccountPER, "", true, [2]string{"Retirement savings plan (PER)", "Plan d'épargne retraite"}},
	{bank.AccountLivretA, bank.AccountSavings, false, [2]string{"Livret A", "Livret A"}},
	{bank.AccountLivretB, bank.AccountSavings, false, [2]string{"Livret B", "Livret B"}},
	{bank.AccountLDDS, bank.AccountSavings, false, [2]string{"Sustainable development savings account (LDDS)", "Livret de développement durable et solidaire"}},
	{bank.AccountPEL, bank.AccountSavings, false, [2]string{"Home savings plan (PEL)", "Plan épargne logement"}},
	{bank.AccountCEL, bank.AccountSavings, false, [2]string{"Home savings account (CEL)", "Compte épargne logement"}},
	{bank.AccountCSL, bank.AccountSavings, false, [2]string{"Savings account on booklet (CSL)", "Compte sur livret"}},
	{bank.AccountCAT, bank.AccountDeposit, false, [2]string{"Term deposit", "Compte à terme"}},
	{bank.AccountJoint, bank.AccountChecking, false, [2]string{"Joint account", "Compte joint"}},
	{bank.AccountArticle83, "", true, [2]string{"Article 83 pension plan", "Article 83"}},
	{bank.AccountCapitalisation, "", true, [2]string{"Capitalisation contract", "Contrat de capitalisation"}},
	{bank.AccountCrowdlending, "", true, [2]string{"Crowdlending", "Prêt participatif"}},
	{bank.AccountMadelin, "", true, [2]string{"Madelin pension contract", "Contrat Madelin"}},
	{bank.AccountPERCO, "", true, [2]string{"Company retirement savings plan (PERCO)", "Plan d'épargne retraite collectif"}},
	{bank.AccountPERP, "", true, [2]string{"Popular retirement savings plan (PERP)", "Plan d'épargne retraite populaire"}},
	{bank.AccountRealEstate, "", true, [2]string{"Real estate", "Immobilier"}},
	{bank.AccountRSP, "", true, [2]string{"Special profit-sharing reserve (RSP)", "Réserve spéciale de participation"}},
}

// accountTypeID is the number of a type; that of unknown for one that is not in the list.
func accountTypeID(t bank.AccountType) int {
	for i := range accountTypes {
		if accountTypes[i].name == t {
			return i + 1
		}
	}
	return 1
}

func newAccountType(i int) accountTypeObject {
	t := &accountTypes[i]
	o := accountTypeObject{ID: i + 1, Name: string(t.name), IsInvest: t.invest, DisplayName: t.display[0], DisplayNameP: t.display[1]}
	if t.parent != "" {
		id := accountTypeID(t.parent)
		o.IDParent = &id
	}
	return o
}

// accountTypeList is GET /account_types.
func (h *Handler) accountTypeList(q *request) error {
	out := make([]accountTypeObject, 0, len(accountTypes))
	for i := range accountTypes {
		out = append(out, newAccountType(i))
	}
	return respond.JSON(q, http.StatusOK, map[string]any{"accounttypes": out, "total": len(out)})
}

// accountType is GET /account_types/{id}; the name is understood too, since it is what is the same elsewhere.
func (h *Handler) accountType(q *request) error {
	param := q.Param("type")
	for i := range accountTypes {
		if param == strconv.Itoa(i+1) || param == string(accountTypes[i].name) {
			return respond.JSON(q, http.StatusOK, newAccountType(i))
		}
	}
	return errAbsent()
}
