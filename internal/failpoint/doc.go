// Package failpoint names the places where a fault is put on purpose: every boundary of a step (before its statement, after its
// commit and before the answer), so that a test can kill the process, fail the call or make it hang at each of them.
//
// All of it is built with the tag failpoints only. Without the tag Hit, Pass, Around and Now are empty functions that the compiler
// removes, names included; `dev check` looks into a release binary for them. With the tag a program reads what to do from
// PASSERELLE_FAILPOINTS and from the file that PASSERELLE_FAILPOINTS_FILE names, which may be rewritten while it runs, writes each
// point that it passes to the file that PASSERELLE_FAILPOINTS_LOG names, and shifts its clock by PASSERELLE_CLOCK_OFFSET or by what
// the file PASSERELLE_CLOCK_FILE says.
//
// An order is "point=action", separated by semicolons or lines:
//
//	store:commit:before=kill          SIGKILL to this process
//	store:commit:before=stop          SIGSTOP to this process
//	grant:exchange:after=error        the call fails as if its engine had
//	grant:exchange:after=panic        the call panics
//	webhook:send:before=hang          the call waits until its context ends
//	connect:save:before=sleep=200ms   the call waits that long, or until its context ends
//
// and an action may be narrowed: kill@3 (the third passing only), error*2 (the first two), kill%0.05 (by chance, one in twenty). The
// point "*" stands for every point without an order of its own.
//
// The package decides nothing and knows no room of ours; the fault rig in cmd/dev writes the orders.
package failpoint
