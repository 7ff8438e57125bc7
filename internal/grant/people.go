package grant

import (
	"context"
	"fmt"
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
)

// NewPerson is what CreatePerson needs.
type NewPerson struct {
	Domain   string
	ClientID int64
	Email    string
	Password bank.Secret
	Profile  Profile
}

// mostEmail is the longest address that can be written to (RFC 5321 §4.5.3.1.3, without the brackets).
const mostEmail = 254

// CreatePerson makes a user with an address and a password, for good. An address that the client application has already is
// fault.Conflict on the field email; values that cannot be are fault.Invalid naming the field.
func (s *Service) CreatePerson(ctx context.Context, n NewPerson) (Person, error) {
	key, err := emailKey(n.Email)
	if err != nil {
		return Person{}, err
	}
	if err := checkPassword(n.Password); err != nil {
		return Person{}, err
	}
	if err := n.Profile.check(); err != nil {
		return Person{}, err
	}
	if err := s.limitCreations(ctx, n.ClientID); err != nil {
		return Person{}, err
	}
	hash, err := s.hashPassword(ctx, atClient, n.Password)
	if err != nil {
		return Person{}, err
	}
	now := s.now()
	p := Person{
		User: User{Domain: n.Domain, Created: now}, ClientID: n.ClientID, Email: n.Email, Profile: n.Profile, Updated: now,
	}
	p, err = s.Store.CreatePerson(ctx, p, key, hash)
	if fault.Is(err, fault.Conflict) {
		return Person{}, errEmailTaken()
	}
	if err != nil {
		return Person{}, fmt.Errorf("create the user: %w", storeFault(err))
	}
	return p, nil
}

// Person implements People.
func (s *Service) Person(ctx context.Context, userID int64) (Person, error) {
	p, err := s.Store.Person(ctx, userID)
	if fault.Is(err, fault.NotFound) {
		return Person{}, errUser()
	}
	if err != nil {
		return Person{}, fmt.Errorf("read the user: %w", storeFault(err))
	}
	return p, nil
}

// AcceptTerms implements People.
func (s *Service) AcceptTerms(ctx context.Context, userID int64, hash string) error {
	err := s.Store.AcceptTerms(ctx, userID, hash, s.now())
	if err != nil && !fault.Is(err, fault.NotFound) {
		return fmt.Errorf("note the terms: %w", storeFault(err))
	}
	return nil
}

// MustAcceptTerms says whether the domain asks its persons to accept the terms and this one has not. Which version they accepted is
// kept with them and does not matter here: who changes the terms says in them what holds for those who accepted others.
func (s *Service) MustAcceptTerms(ctx context.Context, p Person) (bool, error) {
	if p.TermsHash != "" {
		return false, nil
	}
	all, err := s.Settings(ctx, p.Domain)
	if err != nil {
		return false, err
	}
	on := strings.ToLower(all[SettingRequireTerms])
	return p.ClientID != 0 && (on == "1" || on == "true"), nil
}

// SetProfessional implements People.
func (s *Service) SetProfessional(ctx context.Context, userID int64, details Professional) error {
	_, err := s.ChangePerson(ctx, userID, PersonChange{Profile: func(p *Profile) { p.Professional = &details }})
	return err
}

// emailKey checks an address and gives what it is compared by: capital letters make no other address, nor does how an accent is
// encoded, nor what nobody sees. Nothing is sent to it, but it
// must be one that could be sent to, as Linxo has it.
func emailKey(email string) (string, error) {
	bad := fault.New(fault.Invalid, "The parameter email must be a valid e-mail address of at most %d characters, such as "+
		"person@example.org.", mostEmail).WithField("email").WithCode("invalid_request")
	if email == "" {
		return "", fault.New(fault.Invalid, "The parameter email is missing: send an e-mail address, which names the user.").
			WithField("email").WithCode("missingParameter")
	}
	// A name in front, a comment or angle brackets make two texts of one address.
	parsed, err := mail.ParseAddress(email)
	if err != nil || len(email) > mostEmail || parsed.Address != email || parsed.Name != "" || !utf8.ValidString(email) ||
		strings.ContainsFunc(email, invisible) {
		return "", bad
	}
	at := strings.LastIndexByte(email, '@')
	if host := email[at+1:]; host == "" || strings.HasPrefix(host, "[") || strings.HasPrefix(host, ".") || strings.HasSuffix(host, ".") {
		return "", bad
	}
	return foldEmail(email), nil
}

// foldEmail is the key of what may be no address at all.
func foldEmail(email string) string {
	return norm.NFC.String(strings.ToLower(norm.NFC.String(email)))
}

// invisible says of a character that nobody sees it, or only a gap: two addresses that look alike would differ by it.
func invisible(r rune) bool {
	const brailleBlank = '\u2800'
	return r == ' ' || r == brailleBlank || r == utf8.RuneError || !unicode.IsPrint(r) ||
		unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

func errEmailTaken() error {
	return fault.New(fault.Conflict, "The parameter email names a user that this client application has already: sign in as that "+
		"user, or send another address.").WithField("email").WithCode("invalid_request")
}
