package main

import (
	"passerelle/internal/config"
)

// cli is everything that can be said on the command line. Each command is a struct with its flags and a Run method, in a
// file of its own.
type cli struct {
	Serve    serveCommand       `cmd:"" help:"Run the service."`
	Demo     demoCommand        `cmd:"" help:"Run the service, a test bank and a demo client application, to try it all at once."`
	Testbank testBankCommand    `cmd:"" name:"testbank" help:"Run the test bank alone."`
	Sandbox  sandboxBankCommand `cmd:"" name:"sandboxbank" help:"Run the sandbox bank alone: a bank that speaks the protocols of real ones."`

	Client struct {
		Create       clientCreateCommand `cmd:"" help:"Register a client application; prints its id and, this once, its secret."`
		List         clientListCommand   `cmd:"" help:"List the client applications."`
		Show         clientShowCommand   `cmd:"" help:"Show one client application."`
		RotateSecret clientRotateCommand `cmd:"" name:"rotate-secret" help:"Give a client application a new secret; the one before stays good until the next rotation."`
		RedirectURI  struct {
			Add    clientURIAddCommand    `cmd:"" help:"Allow a redirect URI."`
			Remove clientURIRemoveCommand `cmd:"" help:"Take a redirect URI from the list."`
		} `cmd:"" name:"redirect-uri" help:"Change the redirect URIs of a client application."`
		PasswordGrant clientPasswordCommand `cmd:"" name:"password-grant" help:"Say whether a client application may exchange its users' passwords for tokens (on, unless it was switched off)."`
		Limit         clientLimitCommand    `cmd:"" help:"Give a client application a limit of its own: requests a minute to the API, off or default."`
		AllowedOrigin struct {
			Add    clientOriginAddCommand    `cmd:"" help:"Let the pages of an origin show the webview in a frame."`
			Remove clientOriginRemoveCommand `cmd:"" help:"Take an origin from the list."`
		} `cmd:"" name:"allowed-origin" help:"Change the origins that may frame the webview for a client application."`
	} `cmd:"" help:"Client applications: who may send end users here."`

	Token struct {
		Create tokenCreateCommand `cmd:"" help:"Make a manage token; it is printed this once."`
	} `cmd:"" help:"Manage tokens: what an operator's own programs use."`

	Connector connectorCommands `cmd:"" help:"Connectors: which institutions can be connected, and with what."`

	Webhook webhookCommands `cmd:"" help:"Receivers of events: who is told of what happens."`

	Key keyCommands `cmd:"" help:"Keys: what stored credentials are sealed with."`

	User struct {
		Export    userExportCommand `cmd:"" help:"Print everything that is stored about a user, as JSON."`
		Erase     userEraseCommand  `cmd:"" help:"Delete a user and everything of theirs, end their connections at the banks, and keep one proof without personal data."`
		SimpleFIN struct {
			Create userSimpleFINCreateCommand `cmd:"" help:"Make a setup token, which the user pastes into a budgeting program; it is printed this once."`
			List   userSimpleFINListCommand   `cmd:"" help:"List a user's setup tokens and what they were claimed for."`
			Revoke userSimpleFINRevokeCommand `cmd:"" help:"End a setup token, and the access of the program that claimed it."`
		} `cmd:"" name:"simplefin" help:"SimpleFIN: budgeting programs that read what a user connected."`
		Proofs userProofsCommand `cmd:"" help:"List the proofs of erasure, one JSON object a line."`
	} `cmd:"" help:"End users: what is stored about one, and its erasure."`
	Retention retentionCommand `cmd:"" help:"Print what is kept how long."`
	Backup    backupCommand    `cmd:"" help:"Copy the database into a file, beside a running service."`
	Restore   restoreCommand   `cmd:"" help:"Make a new database of a backup."`

	Migrate migrateCommands `cmd:"" help:"Bring the database up to date (serve does it by itself), or move to another one."`
	Version versionCommand  `cmd:"" help:"Print the version."`
}

// dataFlags are what every command has that touches the store.
type dataFlags struct {
	config.Data `embed:""`

	JSON bool `help:"Print one JSON object with stable keys, for scripts." name:"json"`
}
