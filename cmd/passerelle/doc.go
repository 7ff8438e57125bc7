// Command passerelle is the one binary: the service, the test bank, the demo, and the commands of an operator.
//
// It owns the command line (cli.go, one file a command) and the wiring (app.go, wire_web.go): which store, which connector
// kinds, which clock. Everything else is decided in the rooms that it joins. newApp opens and binds, run serves and stops in
// order (run.go), so that a test can build the real program on free ports. Commands beside a running service open the same
// database without its lock: what they change holds with the service's next look.
package main
