package main

// connectorCommands are what can be done with connectors and their kinds.
type connectorCommands struct {
	Import   connectorImportCommand    `cmd:"" help:"Take institutions over into the directory, from a table or from a connector kind that knows which it reaches."`
	List     connectorListCommand      `cmd:"" help:"List connectors, or find some: by name, other name, website, BIC, bank code or IBAN."`
	Show     connectorShowCommand      `cmd:"" help:"Show one connector, and what it lacks to be offered."`
	Enable   connectorEnableCommand    `cmd:"" help:"Show a connector in the picker, or let one of its sources be used again."`
	Disable  connectorDisableCommand   `cmd:"" help:"Take a connector out of the picker, or one of its sources out of use."`
	Set      connectorSetCommand       `cmd:"" help:"Say how a connector is reached: its kind, and what that must know of it, such as its address."`
	Settings connectorSettingsCommands `cmd:"" help:"What connector kinds need of you: keys, certificates, the ids that banks know you by."`

	Check  connectorCheckCommand  `cmd:"" help:"Play the conformance suite against an external connector."`
	Schema connectorSchemaCommand `cmd:"" help:"Print the JSON Schema of the messages that external connectors exchange with the service."`

	TestCertificate connectorCertificateCommand `cmd:"" name:"test-certificate" help:"Make test certificates such as a licensed provider has (QWAC and QSealC), for banks' sandboxes."`
}
