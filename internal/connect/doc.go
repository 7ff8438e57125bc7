// Package connect owns the attempt: one end user trying to connect, in one visit. Service has a method for each thing that
// can happen (begin, choose, answer, come back from the bank, cancel); each loads the attempt, checks the browser's claim to
// it, makes one legal move, and writes it back by one conditional statement, so that a double click or a second tab finds the
// attempt moved on and changes nothing. Steps never call each other: Next, a pure function, decides the page from the stored
// state alone, and so Reload, Back and a crash all land on the right page.
//
// A visit has a flow: connect makes connections, reconnect mends one, manage goes round about all of a user's, webauth leads
// straight to a bank's page; accounts, terms and professional ask for one thing each. They share the phases and the way to a bank;
// table.go says which phases each of them enters, and prepare where a reconnect begins.
//
// Linxo's dialect (Request.Widget) asks for more: consent to all accounts at once (consentAll), a visit that lasts until the first
// reading has ended (reading.go), a connection that is one login with several ways in (named, scope), and a way back that says what
// was done (noteResult). Nothing of it holds for the other dialects.
//
// Talking to the bank happens apart from the request that caused it: the event is stored sealed, the attempt moves to
// working, a worker takes a lease and calls the connector, and the request waits a moment for it. A bank that answers at once
// feels instant; a slow one gets a page that says so; and when the process dies, the next look at the attempt finds the lease
// over and does what is safe: asks again for credentials (never sending them twice by itself), repeats the rest.
//
// It hands over to internal/connector for what banks say, to internal/grant for codes, to internal/syncer for reading
// accounts, and to internal/store (through the interfaces in store.go) for keeping.
package connect
