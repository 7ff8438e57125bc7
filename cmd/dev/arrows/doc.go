// Package arrows holds the one-way arrows between the project's rooms as a
// table, each with its reason, and its test refuses a tree that breaks one:
//
//	cmd → web → {webview, powens, linxo, oauth, console}
//	    → connect, grant, syncer, directory, webhook → connector → bank
//
// and everybody may use fault. It reads the imports of every Go file, whatever
// its build tags, so nothing hides behind one. To move an arrow, change the
// table in rules.go and its examples, and say why there.
package arrows
