package testbank

import (
	"cmp"
	"sort"
	"time"
)

type approvalStatus int

const (
	approvalPending approvalStatus = iota
	approvalGiven
	approvalRefused
	approvalExpired
)

// approval is a request on the customer's phone.
type approval struct {
	id      string
	login   string
	mode    AppMode
	created time.Time
	until   time.Time
	// decided is what somebody said on the phone page, which goes before what the mode would do.
	decided approvalStatus
}

// Approval is a request on a phone, as the phone page shows it.
type Approval struct {
	ID      string
	Login   string
	Mode    AppMode
	Created time.Time
	Until   time.Time
}

// after is what each mode does and when; until is when the request lapses.
var appModes = map[AppMode]struct {
	after, until time.Duration
	then         approvalStatus
}{
	AppQuick:   {after: 2 * time.Second, until: 3 * time.Minute, then: approvalGiven},
	AppSlow:    {after: 25 * time.Second, until: 3 * time.Minute, then: approvalGiven},
	AppRefused: {after: 2 * time.Second, until: 3 * time.Minute, then: approvalRefused},
	AppExpired: {until: 10 * time.Second},
	AppManual:  {until: 3 * time.Minute},
}

func (b *Bank) newApproval(v *visit, mode AppMode) *approval {
	mode = cmp.Or(mode, AppManual)
	now := b.now()
	a := &approval{id: b.id("p"), login: v.login, mode: mode, created: now, until: now.Add(appModes[mode].until)}
	b.approvals.put(a.id, a, now)
	return a
}

func (a *approval) status(now time.Time) approvalStatus {
	if a.decided != approvalPending {
		return a.decided
	}
	m := appModes[a.mode]
	// What the mode does by itself counts even when nobody looked in time: the customer did approve.
	if m.then != approvalPending && now.Sub(a.created) >= m.after {
		return m.then
	}
	if !now.Before(a.until) {
		return approvalExpired
	}
	return approvalPending
}

// Approvals lists the requests that wait on phones, oldest first.
func (b *Bank) Approvals() []Approval {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.pending()
}

func (b *Bank) pending() []Approval {
	now := b.now()
	var out []Approval
	b.approvals.each(now, func(_ string, a *approval) {
		if a.status(now) == approvalPending {
			out = append(out, Approval{ID: a.id, Login: a.login, Mode: a.mode, Created: a.created, Until: a.until})
		}
	})
	sort.Slice(out, func(i, j int) bool {
		if !out[i].Created.Equal(out[j].Created) {
			return out[i].Created.Before(out[j].Created)
		}
		return out[i].ID < out[j].ID
	})
	return out
}

// Decide approves or refuses a request, as a person with the phone would. A request that no longer waits is not found.
func (b *Bank) Decide(id string, approve bool) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	a, ok := b.approvals.get(id, now)
	if !ok || a.status(now) != approvalPending {
		return refuse(CodeNotFound)
	}
	a.decided = approvalRefused
	if approve {
		a.decided = approvalGiven
	}
	return nil
}
