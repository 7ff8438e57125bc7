package sandboxbank

import (
	"cmp"
	"slices"

	"passerelle/internal/testbank"
)

// SignIn lets a customer in. The core system counts wrong passwords; what it refuses for good ends an authorisation that has no page
// to tell it on.
func (b *Bank) SignIn(id, login, password, website string) (Authorisation, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	a, err := b.held(id)
	if err != nil {
		return Authorisation{}, err
	}
	if a.ended != "" || a.approved {
		return Authorisation{}, refuse(testbank.CodeStaleChallenge, "This authorisation has ended.")
	}
	return b.signIn(a, testbank.SignIn{Login: login, Password: password, Website: cmp.Or(website, a.Website), Source: testbank.OpenAPI, Attended: true})
}

func (b *Bank) signIn(a *authorisation, in testbank.SignIn) (Authorisation, error) {
	v, err := b.people.SignIn(in)
	if err != nil {
		if code := testbank.AsRefusal(err).Code; a.Approach != Redirect && code != testbank.CodeBadCredentials {
			b.fail(a, code)
		}
		return Authorisation{}, err
	}
	if err := b.people.Serve(a.request, counterBrowser, v.ID); err != nil {
		return Authorisation{}, err
	}
	a.Customer, a.visit, a.asked = in.Login, v.ID, v.Challenge != nil
	b.move(a)
	return b.shown(a), nil
}

// Call asks a customer in the bank's app, without a password: what they approve there is proof enough. Whoever acts out something
// else than going well acts that out.
func (b *Bank) Call(id, login string) (Authorisation, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	a, err := b.held(id)
	if err != nil {
		return Authorisation{}, err
	}
	in := testbank.SignIn{Login: login, Source: testbank.OpenAPI, Attended: true}
	scenario := login
	list, anyone := b.people.Logins()
	in.Password = anyone.Password
	for _, l := range list {
		if l.Login == login {
			in.Password, scenario = l.Password, l.Scenario
		}
	}
	// A login that would be asked nothing, or something that needs a keyboard, is asked in the app all the same.
	switch s, ok := testbank.Find(scenario); {
	case !ok, slices.Contains([]string{"success", "otp_text", "otp_image", "method_choice", "two_challenges", "sca_every_time"}, s.Name):
		in.Website = "app_quick"
	}
	return b.signIn(a, in)
}

// Choose chooses how to prove, Answer proves.
func (b *Bank) Choose(id, method string) (Authorisation, error) {
	return b.prove(id, func(a *authorisation, challenge string) error {
		_, err := b.people.Choose(a.visit, challenge, method)
		if err == nil {
			a.chosen = method
		}
		return err
	})
}

// Answer is said with Choose.
func (b *Bank) Answer(id, answer string) (Authorisation, error) {
	return b.prove(id, func(a *authorisation, challenge string) error {
		_, err := b.people.Answer(a.visit, challenge, answer)
		return err
	})
}

func (b *Bank) prove(id string, how func(a *authorisation, challenge string) error) (Authorisation, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	a, err := b.held(id)
	if err != nil {
		return Authorisation{}, err
	}
	v, err := b.people.Visit(a.visit)
	if err == nil && v.Challenge == nil {
		err = refuse(testbank.CodeStaleChallenge, "Nothing is asked now.")
	}
	if err == nil {
		a.asked = true
		err = how(a, v.Challenge.ID)
	}
	if err != nil {
		if code := testbank.AsRefusal(err).Code; a.Approach != Redirect && (code == testbank.CodeChallengeFailed || code == testbank.CodeChallengeExpired || code == testbank.CodeChallengeRefused) {
			b.fail(a, code)
		}
		return Authorisation{}, err
	}
	b.move(a)
	return b.shown(a), nil
}
