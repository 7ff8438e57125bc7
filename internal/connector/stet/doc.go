// Package stet is the connector kind for banks that speak STET PSD2, as most French ones do: OAuth 2 with an authorization code, then
// JSON with links (HAL).
//
// There are two models of consent. In the full one the bank's page is all that there is to it: what the login sees can be read. In the
// mixed one the end user chooses accounts with us, after the bank's page, and PUT /consents tells the bank; the next one replaces it.
//
// What differs from bank to bank is data: profiles.json holds named profiles, and an institution's settings name one and may put any of
// its members otherwise (Profile says what each means). Who we are to the banks, the certificates above all, is the operator's settings.
//
// Deferred cards are told as the standard has it: one list of card movements for each month that is still to be charged, whose name ends
// in the day of the charge. The lists of one card are one account of ours; what is not charged yet is to come.
//
// The facts are those of the standard's version 1.4 as banks published it. It keeps nothing between calls.
package stet
