// Package params reads what a client backend sends: parameters of a query, members of a JSON or form body, and the credentials it says who
// it is with. It is strict where two readers might understand a request differently, and knows no dialect.
package params
