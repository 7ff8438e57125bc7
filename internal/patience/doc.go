// Package patience carries, in a context, how long one call to the store may take on behalf of whoever asked.
//
// A deadline says when the whole answer is due, and work that outlives its request drops it (context.WithoutCancel). Patience
// stays: whatever is done for an end user or a client backend, a database that has fallen silent is noticed within moments, while a
// job or a migration may let one statement take long. Web says it, the store holds to it; nobody else needs to know.
package patience
