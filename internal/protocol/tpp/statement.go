package tpp

import (
	"encoding/asn1"
	"errors"

	"passerelle/internal/bank"
)

// Statement is what a certificate says of PSD2 (ETSI TS 119 495, clause 5.1).
type Statement struct {
	Roles []Role
	// Authority is the competent authority's name, AuthorityID its short form, such as FR-ACPR.
	Authority, AuthorityID string
}

// The identifiers of RFC 3739, section 3.2.6, ETSI EN 319 412-5 and ETSI TS 119 495.
var (
	oidStatements = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 3}
	oidPSD2       = asn1.ObjectIdentifier{0, 4, 0, 19495, 2}
	oidRoles      = asn1.ObjectIdentifier{0, 4, 0, 19495, 1}
	oidCompliance = asn1.ObjectIdentifier{0, 4, 0, 1862, 1, 1}
	oidSecureSeal = asn1.ObjectIdentifier{0, 4, 0, 1862, 1, 4}
	oidType       = asn1.ObjectIdentifier{0, 4, 0, 1862, 1, 6}
	oidTypeSeal   = asn1.ObjectIdentifier{0, 4, 0, 1862, 1, 6, 2}
	oidTypeWeb    = asn1.ObjectIdentifier{0, 4, 0, 1862, 1, 6, 3}
)

// roleNumbers are the last arcs under oidRoles.
var roleNumbers = map[Role]int{RoleAccountServicing: 1, RolePayment: 2, RoleInformation: 3, RoleIssuing: 4}

// qcStatement is one statement of the extension; Info depends on ID.
type qcStatement struct {
	ID   asn1.ObjectIdentifier
	Info asn1.RawValue `asn1:"optional"`
}

type qcRole struct {
	ID   asn1.ObjectIdentifier
	Name string `asn1:"utf8"`
}

type qcPSD2 struct {
	Roles           []qcRole
	Name, Authority string `asn1:"utf8"`
}

// Statement reads the PSD2 statement of the certificate. The error is for an operator.
func (c *Certificate) Statement() (Statement, error) {
	for _, e := range c.Leaf.Extensions {
		if !e.Id.Equal(oidStatements) {
			continue
		}
		var list []qcStatement
		if rest, err := asn1.Unmarshal(e.Value, &list); err != nil || len(rest) > 0 {
			return Statement{}, errors.New("its qualified statements cannot be read")
		}
		for _, q := range list {
			if q.ID.Equal(oidPSD2) {
				return parsePSD2(q.Info.FullBytes)
			}
		}
	}
	return Statement{}, errors.New("it carries no PSD2 statement: an ordinary web certificate is not enough, banks want a QWAC or QSealC")
}

func parsePSD2(raw []byte) (Statement, error) {
	var p qcPSD2
	if rest, err := asn1.Unmarshal(raw, &p); err != nil || len(rest) > 0 {
		return Statement{}, errors.New("its PSD2 statement cannot be read")
	}
	s := Statement{Authority: bank.CleanText(p.Name, 200), AuthorityID: bank.CleanText(p.Authority, 40)}
	for _, r := range p.Roles {
		// The number counts; the name is for people.
		for role, n := range roleNumbers {
			if r.ID.Equal(append(oidRoles[:len(oidRoles):len(oidRoles)], n)) {
				s.Roles = append(s.Roles, role)
			}
		}
	}
	return s, nil
}
