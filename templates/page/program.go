package page

import "time"

// Program is a budgeting program that may read what an end user shares.
type Program struct {
	// ID is what forms send. Name is what the client application calls it, untrusted; empty where it does not say.
	ID, Name string
	// Since is when it got its access, or when the token for it was made; LastRead is a day, the zero time for never.
	Since, LastRead time.Time
	// Waiting says that nobody has used the token yet.
	Waiting bool
}

// name is what the page calls it.
func (p Program) name(b Base) string {
	if p.Name == "" {
		return b.Tr("programs.unnamed")
	}
	return p.Name
}

// reads says since when it may read, and when it did last.
func (p Program) reads(b Base) []string {
	switch {
	case p.Waiting:
		return []string{b.Tr("programs.waiting", "Date", b.Date(p.Since))}
	case p.LastRead.IsZero():
		return []string{b.Tr("programs.since", "Date", b.Date(p.Since)), b.Tr("programs.never")}
	}
	return []string{b.Tr("programs.since", "Date", b.Date(p.Since)), b.Tr("programs.read", "Date", b.Date(p.LastRead))}
}
