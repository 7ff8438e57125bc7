package grant

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
)

// PersonChange is what may change of a person; nil leaves a value as it is.
type PersonChange struct {
	Email *string
	// Profile changes the profile in place; what it leaves is checked.
	Profile  func(p *Profile)
	Password *bank.Secret
	// Current is the password so far, and Check says that it must be right: somebody who found a token must not be able to lock the
	// person out with it. A client application, which gave the first password, need not know the last.
	Current bank.Secret
	Check   bool
	// Keep is the access token that a new password does not end; all other scoped ones of the person do.
	Keep string
}

// ChangePerson changes a person, all of it or nothing.
func (s *Service) ChangePerson(ctx context.Context, userID int64, c PersonChange) (Person, error) {
	update := PersonUpdate{UserID: userID, Keep: c.Keep, Now: s.now()}
	if c.Password != nil {
		hash, err := s.newPassword(ctx, userID, c)
		if err != nil {
			return Person{}, err
		}
		update.Password = hash
	}
	update.Change = c.apply
	p, err := s.Store.ChangePerson(ctx, update)
	switch {
	case fault.Is(err, fault.NotFound):
		return Person{}, errUser()
	case fault.Is(err, fault.Conflict):
		return Person{}, errEmailTaken()
	case err != nil:
		return Person{}, fmt.Errorf("change the user: %w", storeFault(err))
	}
	return p, nil
}

func (c PersonChange) apply(p *Person) (string, error) {
	if c.Email != nil {
		p.Email = *c.Email
	}
	if c.Profile != nil {
		c.Profile(&p.Profile)
	}
	if err := p.Profile.check(); err != nil {
		return "", err
	}
	return emailKey(p.Email)
}

// newPassword checks the password so far, where it must be, and hashes the new one.
func (s *Service) newPassword(ctx context.Context, userID int64, c PersonChange) (string, error) {
	if err := checkPassword(*c.Password); err != nil {
		return "", err
	}
	if !c.Check {
		return s.hashPassword(ctx, *c.Password)
	}
	if c.Current.IsZero() {
		return "", fault.New(fault.Invalid, "The parameter current_password is missing: a new password needs the one so far, or the "+
			"client application's own access token.").WithField("current_password").WithCode("invalid_request")
	}
	p, err := s.Person(ctx, userID)
	if err != nil {
		return "", err
	}
	err = s.SignInAs(ctx, p, c.Current)
	if fault.Is(err, fault.Invalid) {
		return "", fault.New(fault.Invalid, "The parameter current_password is not the user's password.").
			WithField("current_password").WithCode("invalid_request")
	}
	if err != nil {
		return "", err
	}
	return s.hashPassword(ctx, *c.Password)
}

// Limits of a profile.
const (
	mostProfileText = 200
	mostAddress     = 10
)

var (
	country     = regexp.MustCompile(`^[A-Z]{2}$`)
	addressPart = regexp.MustCompile(`^[a-z][a-z0-9_]{0,30}$`)
)

// check refuses values that cannot be, naming the field as the dialects do.
func (p Profile) check() error {
	bad := func(field, must string) error {
		return fault.New(fault.Invalid, "The parameter %s %s.", field, must).WithField(field).WithCode("invalid_request")
	}
	text := fmt.Sprintf("must be text of at most %d characters, without control characters", mostProfileText)
	if !plainText(p.FirstName) {
		return bad("first_name", text)
	}
	if !plainText(p.LastName) {
		return bad("last_name", text)
	}
	switch p.Gender {
	case "", "MALE", "FEMALE":
	default:
		return bad("gender", "must be MALE or FEMALE")
	}
	if p.Birthdate != "" {
		born, err := time.Parse(time.DateOnly, p.Birthdate)
		if err != nil || born.Year() < 1880 || born.Year() > 2200 {
			return bad("birthdate", "must be a day: epoch seconds or YYYY-MM-DD")
		}
	}
	if len(p.Address) > mostAddress {
		return bad("address", "holds too many members")
	}
	for name, value := range p.Address {
		if !addressPart.MatchString(name) || !plainText(value) {
			return bad("address", "must be an object of short texts, such as postcode and city")
		}
	}
	return p.Professional.check()
}

// check refuses what cannot be the details of a professional account's holder.
func (p *Professional) check() error {
	bad := func(field, must string) error {
		return fault.New(fault.Invalid, "%s %s.", field, must).WithField(field)
	}
	switch {
	case p == nil:
		return nil
	case strings.TrimSpace(p.CompanyName) == "" || !plainText(p.CompanyName):
		return bad("company_name", "must be the company's name")
	case strings.TrimSpace(p.RegistrationNumber) == "" || !plainText(p.RegistrationNumber):
		return bad("registration_number", "must be the company's number in its register")
	case !country.MatchString(p.Country):
		return bad("country", "must be a country's two letters (ISO 3166-1)")
	}
	switch p.Role {
	case "OWNER", "REPRESENTATIVE", "EMPLOYEE", "OTHER":
		return nil
	}
	return bad("role", "must be OWNER, REPRESENTATIVE, EMPLOYEE or OTHER")
}

func plainText(s string) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= mostProfileText && !strings.ContainsFunc(s, unicode.IsControl)
}
