package linxo

// Decision is something about the dialect that no public source says, and what is done here.
type Decision struct {
	// Topic is what it concerns, a path or a member; Says is what is done; Why is the reason.
	Topic, Says, Why string
}

// Decisions is the one table of them. Integrators who know better correct it here; the description that is served at
// /v2.1/openapi.json and the table of what is honoured (COMPATIBILITY.md) are made from it too.
var Decisions = []Decision{
	{
		"versions", "no prefix means /v2.1", "the widget's older addresses have none, and their answers are of that version",
	},
}
