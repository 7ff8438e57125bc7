package testbank

import "time"

// acting is what a login acts out now: what the control said, else own, which the sign-in or the consent brought. The caller
// holds the mutex.
func (b *Bank) acting(login string, own Scenario) Scenario {
	if s := b.customer(login).scenario; s != nil {
		return *s
	}
	return own
}

// refusal is what stands between a customer and their accounts. A changed password and accepted terms lift what they mend.
func (c *customer) refusal(s Scenario) Code {
	switch {
	case s.refuse == CodePasswordExpired && c.password != "":
		return ""
	case s.refuse == CodeActionNeeded && c.accepted:
		return ""
	}
	return s.refuse
}

// act makes a login act something out from now on, starting anew. Nil leaves it to the sign-in again. What asks the customer
// something asks those who were let in before, too.
func (c *customer) act(s *Scenario) {
	c.scenario = s
	if s == nil {
		return
	}
	c.pulls, c.closed, c.accepted = 0, false, false
	c.limitUntil = time.Time{}
	if s.asks() {
		c.era++
	}
}

// readable finds the consent of an access token for a read and acts out what the login's scenario says of reads. Attended says
// that the customer is there.
func (b *Bank) readable(token string, attended bool) (*Consent, Scenario, error) {
	c, err := b.valid(token)
	if err != nil {
		return nil, Scenario{}, err
	}
	s, who := b.acting(c.Login, c.scenario), b.customer(c.Login)
	if s.breaks() {
		return nil, s, b.fault(s.fault)
	}
	if code := who.refusal(s); code != "" {
		return nil, s, refuse(code)
	}
	stale := c.era < who.era
	switch {
	case s.again && (stale || !c.confirmed) && !attended, stale && !s.again && s.asks():
		return nil, s, refuse(CodeSCARequired)
	}
	return c, s, nil
}
