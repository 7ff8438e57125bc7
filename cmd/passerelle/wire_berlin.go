package main

import (
	"passerelle/internal/connector"
	"passerelle/internal/connector/berlingroup"
)

// berlinGroup is the kind with its word on which institutions it can reach: those whose settings it can read.
type berlinGroup struct{ *berlingroup.Connector }

var _ connector.InstitutionChecker = berlinGroup{}

// CheckInstitution implements connector.InstitutionChecker.
func (berlinGroup) CheckInstitution(in connector.Institution) error {
	if in.Settings == "" {
		in.Settings = "{}"
	}
	_, err := berlingroup.ParseSettings(in.Settings)
	return err //nolint:wrapcheck // it says which setting is wrong
}

func newBerlinGroup(h connector.Host) (connector.Connector, error) {
	c, err := berlingroup.New(h)
	return berlinGroup{c}, err
}
