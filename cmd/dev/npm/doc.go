// Package npm fetches what the tests need from npm into the project's cache
// folder; no install script is run. Of axe-core there is no lock file: the
// version is exact, it has no dependencies, and the file that is used must have
// the digest pinned here. Package axe runs it. Newman, which runs the Postman
// collection, and oidc-provider, the authorization server that the FAPI client is
// tested against, lean on many packages and have lock files with their digests.
package npm
