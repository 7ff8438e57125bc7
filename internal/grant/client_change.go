package grant

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"passerelle/internal/fault"
	"passerelle/internal/grant/redirect"
)

// ClientChange is what may change of a client application; nil leaves a value as it is.
type ClientChange struct {
	Name         *string
	RedirectURIs *[]string
	// Options changes the options in place.
	Options func(o *Options) error
}

// DomainClients lists the client applications of a domain, by id.
func (s *Service) DomainClients(ctx context.Context, domain string) ([]Client, error) {
	all, err := s.Store.Clients(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the client applications: %w", storeFault(err))
	}
	return slices.DeleteFunc(all, func(c Client) bool { return c.Domain != domain }), nil
}

// DomainClient reads a client application of a domain; another domain's is as absent.
func (s *Service) DomainClient(ctx context.Context, domain string, id int64) (Client, error) {
	c, err := s.Store.Client(ctx, id)
	if fault.Is(err, fault.NotFound) || err == nil && c.Domain != domain {
		return Client{}, errNoClient()
	}
	if err != nil {
		return Client{}, fmt.Errorf("read the client application: %w", storeFault(err))
	}
	return c, nil
}

// ChangeClient changes a client application of a domain after validating all of it, or nothing.
func (s *Service) ChangeClient(ctx context.Context, domain string, id int64, change ClientChange) (Client, error) {
	c, err := s.Store.ChangeClient(ctx, id, func(c *Client) error {
		if c.Domain != domain {
			return errNoClient()
		}
		return change.apply(c)
	})
	if fault.Is(err, fault.NotFound) {
		return Client{}, errNoClient()
	}
	if err != nil {
		return Client{}, fmt.Errorf("store the client application: %w", storeFault(err))
	}
	return c, nil
}

func (n ClientChange) apply(c *Client) error {
	if n.Name != nil {
		c.Name = strings.TrimSpace(*n.Name)
	}
	var errs []error
	if n.RedirectURIs != nil {
		c.RedirectURIs = NewClient{RedirectURIs: *n.RedirectURIs}.uris()
		for _, uri := range c.RedirectURIs {
			errs = append(errs, redirect.Validate(uri))
		}
	}
	if n.Options != nil {
		errs = append(errs, n.Options(&c.Options))
	}
	return errors.Join(append(errs, NewClient{Name: c.Name, Options: c.Options, RedirectURIs: nil}.check(), tooMany(c.RedirectURIs))...)
}

func tooMany(uris []string) error {
	if len(uris) > mostRedirectURIs {
		return fault.New(fault.Invalid, "At most %d redirect URIs can be registered.", mostRedirectURIs).WithField("redirect_uris")
	}
	return nil
}

// DeleteClient removes a client application of a domain. Its access tokens and codes are good for nothing from then on, and its
// visits are over; users and what was read stay, since they are the domain's.
func (s *Service) DeleteClient(ctx context.Context, domain string, id int64) error {
	if _, err := s.DomainClient(ctx, domain, id); err != nil {
		return err
	}
	err := s.Store.DeleteClient(ctx, id, s.now())
	if fault.Is(err, fault.NotFound) {
		return errNoClient()
	}
	if err != nil {
		return fmt.Errorf("delete the client application: %w", storeFault(err))
	}
	return nil
}

func errNoClient() error { return fault.New(fault.NotFound, "This client application is not known.") }

// AllowPasswordGrant says whether a client application may exchange its users' passwords for tokens.
func (s *Service) AllowPasswordGrant(ctx context.Context, id int64, on bool) error {
	_, err := s.Store.ChangeClient(ctx, id, func(c *Client) error {
		c.Options.NoPasswordGrant = !on
		return nil
	})
	if err != nil {
		return fmt.Errorf("change the grants of the client application: %w", storeFault(err))
	}
	return nil
}

// LimitRequests gives a client application a limit of its own on its requests to the API a minute, 0 for none at all; nil takes it
// away again.
func (s *Service) LimitRequests(ctx context.Context, id int64, most *int) error {
	_, err := s.Store.ChangeClient(ctx, id, func(c *Client) error {
		c.Options.RequestsPerMinute = most
		return nil
	})
	if err != nil {
		return fmt.Errorf("change the limit of the client application: %w", storeFault(err))
	}
	return nil
}
