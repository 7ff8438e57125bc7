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
	// Current is the password so far, and Check says that it must be right for a new password or address: somebody who found a token
	// must not be able to lock the person out with it. A client application, which gave the first password, need not know the last.
	Current bank.Secret
	Check   bool
	// Keep is the access token that a new password does not end; all other scoped ones of the person do.
	Keep string
}

// Limits of changing one's address: the answer tells whether the client application has another user of that address.
const (
	moveWindow = time.Hour
	mostMoves  = 20
)

// ChangePerson changes a person, all of it or nothing.
func (s *Service) ChangePerson(ctx context.Context, userID int64, c PersonChange) (Person, error) {
	update := PersonUpdate{UserID: userID, Keep: c.Keep, Now: s.now()}
	if c.Password != nil {
		if err := checkPassword(*c.Password); err != nil {
			return Person{}, err
		}
	}
	if err := s.mayChange(ctx, userID, c); err != nil {
		return Person{}, err
	}
	if c.Password != nil {
		hash, err := s.hashPassword(ctx, atChange, *c.Password)
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

// mayChange wants the password so far where it must be right. An address that is sent back as it was read is no change.
func (s *Service) mayChange(ctx context.Context, userID int64, c PersonChange) error {
	if !c.Check || c.Password == nil && c.Email == nil {
		return nil
	}
	p, err := s.Person(ctx, userID)
	if err != nil {
		return err
	}
	if c.Email != nil {
		key, err := emailKey(*c.Email)
		if err != nil {
			return err
		}
		moves := key != foldEmail(p.Email)
		if !moves && c.Password == nil {
			return nil
		}
		if moves {
			if err := s.limit(ctx, fmt.Sprintf("grant:move:user:%d", userID), moveWindow, 1, mostMoves); err != nil {
				return err
			}
		}
	}
	refuse := func(message string) error {
		return fault.New(fault.Invalid, "%s", message).WithField("current_password").WithCode("invalid_request")
	}
	if c.Current.IsZero() {
		return refuse("The parameter current_password is missing: a new password or e-mail address needs the password so far, or the " +
			"client application's own access token.")
	}
	err = s.SignInAs(ctx, p, c.Current)
	if fault.Is(err, fault.Invalid) {
		return refuse("The parameter current_password is not the user's password.")
	}
	return err
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
