package main

import (
	"context"
	"os"

	"passerelle/cmd/dev/engine"
	"passerelle/cmd/dev/need"
	"passerelle/cmd/dev/npm"
)

// The variables by which tests find what they run against. One that is set
// already is left as it is, and its engine is not started: that is how to test
// against another server.
const (
	postgresVar = "PASSERELLE_TEST_POSTGRES_URL"
	redisVar    = "PASSERELLE_TEST_REDIS_URL"
	chromiumVar = "PASSERELLE_TEST_CHROMIUM"
	axeVar      = "PASSERELLE_TEST_AXE"
	pythonVar   = "PASSERELLE_TEST_PYTHON"
	nodeVar     = "PASSERELLE_TEST_NODE"
	curlVar     = "PASSERELLE_TEST_CURL"
	newmanVar   = "PASSERELLE_TEST_NEWMAN"
	providerVar = "PASSERELLE_TEST_OIDC_PROVIDER"
)

// startEngines finds, installs and starts what the tests need, with all files
// below work, and returns the variables that tell the tests. stop is never nil.
func startEngines(ctx context.Context, p project, work string) (env []string, stop func(), err error) {
	var started []*engine.Engine
	stop = func() {
		for _, e := range started {
			e.Stop()
		}
	}
	// Everything is looked for at once, so that one message names all that is
	// missing and one apt-get brings it.
	tools := []need.Tool{need.Postgres, need.Redis, need.Chromium, need.Npm, need.Python, need.Node, need.Curl}
	paths, err := need.System(p.out).Ensure(ctx, tools...)
	if err != nil {
		return nil, stop, err
	}
	postgres, redis, chromium, npmProgram := paths[0], paths[1], paths[2], paths[3]
	set := func(name, value string) { env = append(env, name+"="+value) }

	if os.Getenv(axeVar) == "" {
		axe, err := npm.Axe(ctx, npmProgram, p.cache("npm"))
		if err != nil {
			return nil, stop, err
		}
		set(axeVar, axe)
	}
	if os.Getenv(newmanVar) == "" {
		newman, err := npm.Newman(ctx, npmProgram, p.cache("npm"))
		if err != nil {
			return nil, stop, err
		}
		set(newmanVar, newman)
	}
	if os.Getenv(providerVar) == "" {
		provider, err := npm.OIDCProvider(ctx, npmProgram, p.cache("npm"))
		if err != nil {
			return nil, stop, err
		}
		set(providerVar, provider)
	}
	set(chromiumVar, chromium)
	set(pythonVar, paths[4])
	set(nodeVar, paths[5])
	set(curlVar, paths[6])
	start := func(name string, open func() (*engine.Engine, error)) error {
		if os.Getenv(name) != "" {
			return nil
		}
		e, err := open()
		if err != nil {
			return err
		}
		started = append(started, e)
		set(name, e.URL)
		return nil
	}
	err = start(postgresVar, func() (*engine.Engine, error) { return engine.Postgres(ctx, postgres, work) })
	if err != nil {
		return nil, stop, err
	}
	err = start(redisVar, func() (*engine.Engine, error) { return engine.Redis(ctx, redis, work) })
	return env, stop, err
}
