// Package external lets a program of somebody else's be a connector kind: the contract's verbs as JSON-RPC 2.0 over its standard input
// and output, one JSON object a line. schema.json describes every message; samples holds two programs to begin from.
//
// Each call starts the program anew and ends it after the answer. What a connector remembers is the host's anyway (rule 1 of the
// contract), so a process that lived on would save a start, some tens of milliseconds, and cost what one process a call gives for
// nothing: no end user's call can see what another's left behind, a limit on a process is a limit on a call, and a program that hangs,
// leaks or breaks does so once. At most Config.AtOnce of a connector run at a time; the others wait in line, with their context.
//
// A call goes like this, host first:
//
//	{"protocol":1,"nonce":"…"}
//	                                        {"protocol":1,"id":"my-bank","nonce":"…"}
//	{"jsonrpc":"2.0","id":7,"method":"begin","params":{…}}      and the end of the input
//	                                        {"jsonrpc":"2.0","id":7,"result":{…}}
//
// The request, and with it every secret, is written only once the handshake came back: a program that speaks something else never
// sees one. During pull, notifications account and transaction come before the result. Standard error is for logs: it is capped,
// known secrets are taken out, and it is written to the host's log when the call has ended.
//
// What the program is kept from (see the sandbox files): the environment but for a short list, the working folder of the service,
// descriptors, core files, more memory, files, processes and time than the limits say, new privileges, and, where the service runs as
// root and the operator names one, the service's user. It is not kept from the network, which it needs, nor from files that its user
// may read: give it a user of its own.
//
// The host trusts nothing that comes back: lines, counts and totals are capped, messages are decoded strictly, a step is held to the
// contract, texts are cleaned, states carry a sum so that a broken one never reaches the program, accounts and movements that nobody
// asked for end the call. Whatever goes wrong is a *connector.Error: CodeProtocol where the program says what the protocol does not
// allow, CodeBug where it dies, CodeUnavailable where it takes too long, CodeMisconfigured where it cannot be started.
package external
