// Package vulndb finds or unpacks a local copy of the Go vulnerability
// database, in the layout of https://go.dev/doc/security/vuln/database:
// index/db.json, index/modules.json, index/vulns.json and ID/GO-….json. The
// runner's check hands the folder to govulncheck.
package vulndb
