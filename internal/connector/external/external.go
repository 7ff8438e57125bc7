package external

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"passerelle/internal/bank"
	"passerelle/internal/connector"
)

// Connector is one external connector. It keeps nothing between calls but its program's description.
type Connector struct {
	host   connector.Host
	config Config
	slots  chan struct{}

	// describing is held by whoever asks the program to describe itself, which is done once.
	describing chan struct{}
	described  atomic.Pointer[description]
}

// description is what a program says of itself, checked.
type description struct {
	manifest     connector.Manifest
	institutions []bank.Connector
	sources      []string
}

// New makes the connector of a program. It does not start it yet: a program that is broken must not keep the service from starting.
func New(h connector.Host, c Config) (*Connector, error) {
	if !supported {
		_, err := start(&c)
		return nil, err
	}
	if !namePattern.MatchString(c.Name) {
		return nil, ErrName
	}
	if len(c.Helper) == 0 {
		return nil, errors.New("external: Config.Helper is needed")
	}
	if err := checkProgram(c.Path); err != nil {
		return nil, fmt.Errorf("the external connector %s: %w", c.Name, err)
	}
	c.Limits, c.AtOnce, c.pace = c.Limits.filled(), cmp.Or(c.AtOnce, defaultAtOnce), &pace{}
	return &Connector{host: h, config: c, slots: make(chan struct{}, c.AtOnce), describing: make(chan struct{}, 1)}, nil
}

// Another gives a connector of the same program that shares nothing with this one but the description, which need not be asked for again.
func (c *Connector) Another() *Connector {
	out := &Connector{host: c.host, config: c.config, slots: make(chan struct{}, c.config.AtOnce), describing: make(chan struct{}, 1)}
	out.described.Store(c.described.Load())
	return out
}

// Stalled gives one whose program is never sent a request, as if its bank never answered: for whoever checks how the host ends it.
func (c *Connector) Stalled() *Connector {
	out := c.Another()
	out.config.stalled = true
	return out
}

// Kind is the name that the connector is registered under.
func (c *Connector) Kind() string { return KindPrefix + c.config.Name }

// Describe implements connector.Connector. The first answer that holds is kept.
func (c *Connector) Describe(ctx context.Context) (connector.Manifest, error) {
	d, err := c.describe(ctx)
	if err != nil {
		return connector.Manifest{}, err
	}
	return d.manifest, nil
}

// Institutions implements connector.InstitutionSource: all of them on one page.
func (c *Connector) Institutions(ctx context.Context, _ string) (connector.InstitutionPage, error) {
	d, err := c.describe(ctx)
	if err != nil {
		return connector.InstitutionPage{}, err
	}
	return connector.InstitutionPage{Connectors: slices.Clone(d.institutions)}, nil
}

func (c *Connector) describe(ctx context.Context) (*description, error) {
	if d := c.described.Load(); d != nil {
		return d, nil
	}
	q := c.call(methodDescribe, describeParams{})
	select {
	case c.describing <- struct{}{}:
	case <-ctx.Done():
		return nil, q.slow(ctx)
	}
	defer func() { <-c.describing }()
	if d := c.described.Load(); d != nil {
		return d, nil
	}
	var answer described
	if err := c.ask(ctx, q, &answer); err != nil {
		return nil, err
	}
	d, err := answer.checked(c.Kind())
	if err != nil {
		return nil, q.wrong(err.Error())
	}
	c.described.Store(d)
	return d, nil
}

// checked is the description as the host keeps it.
func (d *described) checked(kind string) (*description, error) {
	manifest, err := d.manifest(kind)
	if err != nil {
		return nil, err
	}
	list, err := d.institutions(kind)
	if err != nil {
		return nil, err
	}
	out := &description{manifest: manifest, institutions: list}
	for _, e := range list {
		for _, s := range e.Sources {
			out.sources = append(out.sources, s.Name)
		}
	}
	return out, nil
}

// known refuses a source that no institution of the program's has, without starting it.
func (c *Connector) known(ctx context.Context, source string) (*description, error) {
	d, err := c.describe(ctx)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(d.sources, source) {
		return nil, &connector.Error{Code: connector.CodeNotSupported, Cause: fmt.Errorf("the external connector %s has no such source", c.config.Name)}
	}
	return d, nil
}

func (c *Connector) call(method string, params any) *call {
	return &call{config: &c.config, method: method, params: params, veil: &veil{}}
}

// ask waits for a place, makes a call and decodes its result strictly.
func (c *Connector) ask(ctx context.Context, q *call, into any) error {
	select {
	case c.slots <- struct{}{}:
	case <-ctx.Done():
		return q.slow(ctx)
	}
	defer func() { <-c.slots }()
	result, err := q.do(ctx)
	if err != nil {
		return err
	}
	if err := strictly(result, into); err != nil {
		return q.wrong("its result: " + err.Error())
	}
	return nil
}

// about gathers what every call about an institution has.
func (c *Connector) about(ctx context.Context, in connector.Institution) (institution, map[string]string, error) {
	i, err := institutionOf(in)
	if err != nil {
		return i, nil, err
	}
	if c.host.Settings == nil {
		return i, map[string]string{}, nil
	}
	s, err := c.host.Settings(ctx, c.Kind(), in.UUID)
	if err != nil {
		return i, nil, &connector.Error{Code: connector.CodeUnavailable, Cause: fmt.Errorf("read the operator's settings: %w", err)}
	}
	return i, revealed(s), nil
}
