// Package seed owns the institutions that every install knows from the start: retail banks of Europe by name, country, BIC, bank code,
// colour, website and the protocol that they are known to speak. institutions.tsv holds them, in the columns that the importer documents.
//
// Each has a key of its own, country and BIC or website as they were when it was taken up: its UUID is made of it, so that a key never
// changes when the other columns are put right. Only what is known is there: an empty BIC, code, colour or kind is one that nobody was sure
// of. A colour that is empty is replaced by one of a few, always the same for a name. No entry has an address to speak to: those are given
// by the banks to licensed third parties, or stand in their developer pages and change; an operator sets them (passerelle connector set).
// Until then an entry is in the directory and is offered to nobody.
//
// Pictures are drawn: initials on the colour. Banks' own marks are not here. The package that collects brand marks under CC0
// (simple-icons 16.37.0 was looked at) says itself that its licence is not that of each mark, and names none for those of banks.
//
// An import, or an entry that an operator stored, goes before an entry of the seed with the same UUID.
package seed
