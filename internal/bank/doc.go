// Package bank is the vocabulary: the nouns that every other room uses, with one meaning each, and the small rules that
// belong to the noun itself (money is a decimal with a currency, a secret prints as ***). It imports nothing of the project.
//
// # Glossary
//
//	domain               one tenant: its client applications, users, settings. A fresh install has one, "default".
//	                     Avoid: workspace, organisation.
//	client application   a registered caller: numeric id, secret, redirect URIs, looks, options (Client in code).
//	                     Avoid: app, partner.
//	connector            an institution that an end user can connect, with its sources, fields and look.
//	                     Avoid: bank and provider as nouns for it (a dialect may have to say them on its wire).
//	source               one way into a connector: "openapi" is the bank's API, "directaccess" its website.
//	                     Linxo calls it a channel.
//	field                one thing that a connector asks the end user for. Avoid: input.
//	attempt              one end user trying to connect, in one visit. It dies; the connection stays. Avoid: flow, session.
//	step                 what the attempt asks for next: a form, a redirect, a wait, a pick, done. Avoid: screen.
//	challenge            a step that strong customer authentication adds: a code, an image, an approval elsewhere.
//	                     Avoid: OTP (one kind of it).
//	connection           the lasting link between a user and a connector, with a state. Avoid: item, link.
//	consent              who shared which accounts, for what purpose, until when; kept per account.
//	account, transaction as in banking. Money is a decimal and an ISO 4217 code, never a float.
//	authorization code   the one-time code in the callback; Powens also calls it the temporary code.
//	access token         what reads a user's data; always said with its kind: user, temporary or manage. Avoid: token alone.
//	event                a thing that happened, kept in the log and (later) delivered by webhook.
//	end user             the person in the browser. Client backend: the server that exchanges the code. Operator: who runs us.
package bank
