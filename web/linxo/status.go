package linxo

import (
	"time"

	"passerelle/internal/bank"
)

// channelStatus says how one way into a login stands.
type channelStatus string

// The statuses of channels. SUCCESS, EMPTY and AUTH_FAILED are attested, and a name that begins with TOKEN; the rest are decisions.
const (
	channelSuccess     channelStatus = "SUCCESS"
	channelEmpty       channelStatus = "EMPTY"
	channelRunning     channelStatus = "RUNNING"
	channelAuthFailed  channelStatus = "AUTH_FAILED"
	channelToken       channelStatus = "TOKEN_EXPIRED"
	channelChallenge   channelStatus = "CHALLENGE_REQUIRED"
	channelPassword    channelStatus = "PASSWORD_CHANGE_REQUIRED"
	channelAction      channelStatus = "USER_ACTION_REQUIRED"
	channelUnavailable channelStatus = "PROVIDER_UNAVAILABLE"
	channelFailed      channelStatus = "FAILED"
)

// channelStatuses is the one table of what a connection's state reads as. What only strong authentication mends is a token that has
// ended where it happens at the bank, and a challenge where it happens here.
var channelStatuses = map[bank.ConnectionState]struct{ redirect, embedded channelStatus }{
	bank.StateOK:                 {channelSuccess, channelSuccess},
	bank.StateSCARequired:        {channelToken, channelChallenge},
	bank.StateWebauthRequired:    {channelToken, channelToken},
	bank.StateAdditionalInfo:     {channelChallenge, channelChallenge},
	bank.StateDecoupled:          {channelChallenge, channelChallenge},
	bank.StateValidating:         {channelRunning, channelRunning},
	bank.StateActionNeeded:       {channelAction, channelAction},
	bank.StatePasswordExpired:    {channelPassword, channelPassword},
	bank.StateWrongpass:          {channelAuthFailed, channelAuthFailed},
	bank.StateRateLimiting:       {channelUnavailable, channelUnavailable},
	bank.StateWebsiteUnavailable: {channelUnavailable, channelUnavailable},
	bank.StateBug:                {channelFailed, channelFailed},
	bank.StateNotSupported:       {channelFailed, channelFailed},
}

// statusOfChannel says how a channel stands. It runs while a reading is queued or under way, and while its bank looks at what was
// sent, as long as that may take.
func statusOfChannel(c *bank.Channel, now time.Time) channelStatus {
	if c.Reading {
		return channelRunning
	}
	row, known := channelStatuses[c.State]
	status := row.embedded
	switch {
	case !known:
		status = channelFailed
	case c.Source == bank.SourceOpenAPI:
		status = row.redirect
	}
	switch {
	case status == channelRunning && (c.AskedUntil == nil || !now.Before(*c.AskedUntil)):
		return channelChallenge
	case status == channelSuccess && c.LastUpdate == nil:
		// Nothing was shared so far, or it was never read.
		return channelEmpty
	}
	return status
}

// connectionStatus says how a connection stands.
type connectionStatus string

// The statuses of connections.
const (
	connectionRunning connectionStatus = "RUNNING"
	connectionSuccess connectionStatus = "SUCCESS"
	connectionPartial connectionStatus = "PARTIAL_SUCCESS"
	connectionFailed  connectionStatus = "FAILED"
	connectionClosed  connectionStatus = "CLOSED"
	connectionNone    connectionStatus = "NONE"
)

var allConnectionStatuses = []connectionStatus{
	connectionRunning, connectionSuccess, connectionPartial, connectionFailed, connectionClosed, connectionNone,
}

// statusOfConnection says how a connection stands by its channels: it runs while one of them does; all its accounts archived, it is
// closed; else the channels that are in use decide.
func statusOfConnection(channels []bank.Channel, now time.Time) connectionStatus {
	open, closed, good, bad := 0, 0, 0, 0
	for i := range channels {
		c := &channels[i]
		open, closed = open+c.Open, closed+c.Closed
		switch statusOfChannel(c, now) {
		case channelRunning:
			return connectionRunning
		case channelSuccess:
			good++
		case channelEmpty:
		default:
			bad++
		}
	}
	switch {
	case open == 0 && closed > 0:
		return connectionClosed
	case good > 0 && bad > 0:
		return connectionPartial
	case good > 0:
		return connectionSuccess
	case bad > 0:
		return connectionFailed
	}
	return connectionNone
}
