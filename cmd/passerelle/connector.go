package main

// connectorCommands are what can be done with connectors and their kinds.
type connectorCommands struct {
	TestCertificate connectorCertificateCommand `cmd:"" name:"test-certificate" help:"Make test certificates such as a licensed provider has (QWAC and QSealC), for banks' sandboxes."`
}
