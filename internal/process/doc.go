// Package process knows which processes serve from one database, and who takes over from one that is dead.
//
// Every process joins under a number that never comes back (its fencing number) and gives signs of life: a beat, counted, not timed.
// The others look at the beats by their own clocks, so that no two clocks need to agree: a process whose beat stood still for a whole
// lease is declared dead by one conditional statement, and then all that it held is free: its jobs, the attempts it worked on, the turns at
// connections, the talks by API, the deliveries. Whoever looks next finishes that where it was cut off. A living process never takes what a living one holds.
//
// A process that was only stopped (SIGSTOP, a suspended machine, a network that came back) is dead to the others all the same. What it
// began under its old number cannot be written any more: every write of a worker asks in its transaction whether its number still
// lives (Own). It notices with its next beat, joins anew under a new number, and goes on.
//
// Whoever looks must have looked all the time: after a pause of its own, or of the database, the observation begins afresh, so that a
// process which wakes up does not take everybody else for dead.
//
// On SQLite there is one process, which holds the lock of the data folder: whatever other number is found is dead at once, and no
// signs of life are written (Alone). It owns no SQL and no talk with banks: internal/store writes, and the wiring says what begins anew
// when a process has lost its number (Lost).
package process
