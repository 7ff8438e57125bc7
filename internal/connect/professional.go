package connect

import (
	"context"
	"slices"
	"strings"

	"passerelle/internal/bank"
	"passerelle/internal/fault"
	"passerelle/internal/grant"
)

// Lengths of what a professional account's holder tells, in characters.
const (
	mostCompany      = 120
	mostRegistration = 32
)

// ProfessionalRoles are what somebody can be in the company whose accounts they share.
var ProfessionalRoles = []string{"OWNER", "REPRESENTATIVE", "EMPLOYEE", "OTHER"}

// beginProfessional readies a new visit for the details of a professional account's holder. They are kept with the person, so a user
// who is none has no such visit.
func (s *Service) beginProfessional(ctx context.Context, a *Attempt) error {
	if _, err := s.professional(ctx, a); err != nil {
		return err
	}
	a.Phase = PhaseProfessional
	return nil
}

// professional gives what is known of the account's holder; nil for nothing.
func (s *Service) professional(ctx context.Context, a *Attempt) (*grant.Professional, error) {
	if s.People == nil {
		return nil, errNoPerson()
	}
	p, err := s.People.Person(ctx, a.UserID)
	if fault.Is(err, fault.NotFound) {
		return nil, errNoPerson()
	}
	return p.Profile.Professional, err
}

func errNoPerson() error {
	return fault.New(fault.Invalid, "This user was made without an address and has no profile to keep the details in.").WithField("user_id")
}

// SubmitProfessional takes the details of a professional account's holder and ends the visit. What is wrong with them is told by
// field: company_name, registration_number, country, role. They are stored before the visit ends: after a crash between the two
// the page shows them filled in.
func (s *Service) SubmitProfessional(ctx context.Context, act Act, p grant.Professional) (FieldErrors, error) {
	a, err := s.act(ctx, act, PhaseProfessional)
	if err != nil {
		return nil, err
	}
	p, wrong := checkProfessional(p)
	if len(wrong) > 0 {
		return wrong, nil
	}
	if s.People == nil {
		return nil, errNoPerson()
	}
	if err := s.People.SetProfessional(ctx, a.UserID, p); err != nil {
		return nil, err
	}
	if a.Request.Widget != nil {
		a.Public.Result = ResultUpdated
	}
	return nil, s.finish(ctx, a)
}

// checkProfessional cleans the details and says what is wrong with them. A registration number's form is known for France alone; its
// check digits are not held against it, since some companies have one of their own making (La Poste).
func checkProfessional(p grant.Professional) (grant.Professional, FieldErrors) {
	wrong := FieldErrors{}
	company := bank.CleanText(p.CompanyName, mostCompany+1)
	switch {
	case company == "":
		wrong["company_name"] = "required"
	case len([]rune(company)) > mostCompany:
		wrong["company_name"] = "length"
	}
	p.CompanyName = company
	p.Country = strings.ToUpper(strings.TrimSpace(p.Country))
	switch {
	case p.Country == "":
		wrong["country"] = "required"
	case len(p.Country) != 2 || strings.Trim(p.Country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "":
		wrong["country"] = "pattern"
	}
	p.RegistrationNumber = strings.Join(strings.Fields(p.RegistrationNumber), "")
	number := p.RegistrationNumber
	switch {
	case number == "":
		wrong["registration_number"] = "required"
	case len(number) > mostRegistration:
		wrong["registration_number"] = "length"
	case strings.Trim(strings.ToUpper(number), "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-./") != "",
		p.Country == "FR" && (len(number) != 9 && len(number) != 14 || strings.Trim(number, "0123456789") != ""):
		wrong["registration_number"] = "pattern"
	}
	p.Role = strings.ToUpper(strings.TrimSpace(p.Role))
	switch {
	case p.Role == "":
		wrong["role"] = "required"
	case !slices.Contains(ProfessionalRoles, p.Role):
		wrong["role"] = "option"
	}
	return p, wrong
}
