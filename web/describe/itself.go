package describe

// Itself are the rows of the addresses that every description stands at: the document, and the page for people.
func Itself() []Row {
	unchanged := Answer{Status: 304, Meaning: "it has not changed"}
	return []Row{
		{
			At: "GET /openapi.json", Summary: "This description", Below: true, Ours: true,
			Detail:  "It may be kept for an hour, and then asked for again with If-None-Match.",
			Answers: []Answer{{Status: 200, Type: "application/json", Meaning: "an OpenAPI 3.1 document"}, unchanged},
		},
		{
			At: "GET /docs", Summary: "This description, for people", Below: true, Ours: true,
			Answers: []Answer{{Status: 200, Type: "text/html", Meaning: "a page"}, unchanged},
		},
	}
}
