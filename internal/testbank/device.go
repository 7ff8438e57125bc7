package testbank

import "time"

// device is a program or browser that signed in on the website before. A known one is not challenged; one whose access the
// customer withdrew is refused.
type device struct {
	login     string
	since     time.Time
	until     time.Time
	withdrawn bool
	// confirmed is false while the customer must come once more; era is the customer's at that time.
	confirmed bool
	era       int
}

// recognise spares a known device the challenge and refuses one whose access was withdrawn. A stranger's sign-in is a new
// connection: the scenario that limits the rate starts anew, and the one that wants the customer once more asks nothing yet.
func (b *Bank) recognise(v *visit, in SignIn, c *customer) error {
	now := b.now()
	d, ok := b.devices.get(in.Device, now)
	known := in.Device != "" && ok && d.login == v.login
	switch {
	case known && in.Confirm:
		v.device, v.confirms = in.Device, true
		return nil
	case !known:
		c.limitUntil = time.Time{}
		if v.scenario.again && !in.Confirm {
			v.todo, v.first = nil, true
		}
		return nil
	}
	if d.withdrawn || v.scenario.revoke && now.Sub(d.since) >= revokeAfter {
		return refuse(CodeConsentRevoked)
	}
	stale := d.era < c.era && v.scenario.asks()
	unconfirmed := v.scenario.again && (stale || !d.confirmed)
	lapsed := !now.Before(d.until)
	if !in.Attended && (stale || unconfirmed || lapsed) {
		return refuse(CodeSCARequired)
	}
	v.device, v.confirms = in.Device, lapsed || stale && !v.scenario.again
	if !v.confirms && !v.scenario.everyTime {
		v.todo = nil
	}
	return nil
}

// keep remembers the program or browser that a visit came from. The caller holds the mutex.
func (b *Bank) keep(v *visit) {
	now := b.now()
	fresh := device{login: v.login, since: now, until: now.Add(deviceLife), confirmed: !v.first, era: b.customer(v.login).era}
	switch {
	case v.device == "":
		v.device = b.id("d")
	case !v.confirms:
		return
	}
	b.devices.put(v.device, &fresh, now)
}
