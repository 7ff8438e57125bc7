package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Steps of connecting by API.
const (
	toCreate = "create"
	toAnswer = "answer"
	toRead   = "read"
	toGoOn   = "go on"
	toAgree  = "agree"
)

// connect connects by API until the accounts are shared and read: whatever comes, the client backend looks at the connection and
// does what its state calls for. What was acknowledged must be there from then on.
func (e *errand) connect(ctx context.Context) error {
	for range mostPages {
		step, err := e.due(ctx)
		if err == nil && step == theEnd {
			if e.cut.at == theEnd && !e.died {
				if err := e.die(ctx); errors.Is(err, errWalk) || ctx.Err() != nil {
					return err
				}
				continue
			}
			if !e.died {
				return fmt.Errorf("%w: it ended before its moment came", errWalk)
			}
			return e.awaitMovements(ctx)
		}
		if err == nil && e.agreed && step == toAgree {
			return fmt.Errorf("%w: an acknowledged consent is gone", errWalk)
		}
		if err == nil {
			err = e.make(ctx, step)
		}
		if errors.Is(err, errWalk) || ctx.Err() != nil {
			return err
		}
		if err != nil {
			_ = pause(ctx)
		}
	}
	return fmt.Errorf("%w: going round in circles", errWalk)
}

// due says what the connection calls for.
func (e *errand) due(ctx context.Context) (string, error) {
	list, err := e.listed(ctx)
	switch {
	case err != nil:
		return "", err
	case len(list) > 1, len(list) == 1 && e.connection != 0 && number(list[0]["id"]) != e.connection, len(list) == 0 && e.connection != 0:
		return "", fmt.Errorf("%w: connection %d was acknowledged, and now there are %v", errWalk, e.connection, list)
	case len(list) == 0:
		return toCreate, nil
	}
	e.connection = number(list[0]["id"])
	switch state, _ := list[0]["state"].(string); state {
	case "":
	case "additionalInformationNeeded":
		return toAnswer, nil
	case "validating":
		return "", pause(ctx)
	case "wrongpass", "passwordExpired", "bug", "notSupported":
		return "", fmt.Errorf("%w: in the state %s", errWalk, state)
	default:
		return toGoOn, nil
	}
	known, err := e.known(ctx)
	if err != nil {
		return "", err
	}
	if len(known) == 0 {
		return toRead, nil
	}
	if ids := numbers(known); len(e.accounts) > 0 && !slices.Equal(ids, e.accounts) {
		return "", fmt.Errorf("%w: accounts %v, and before %v", errWalk, ids, e.accounts)
	}
	e.accounts = numbers(known)
	for _, shared := range known {
		if !shared {
			return toAgree, nil
		}
	}
	return theEnd, nil
}

// make makes a call, killed if this is the moment.
func (e *errand) make(ctx context.Context, step string) error {
	if e.died || step != e.cut.at || step == "" {
		return e.call(ctx, step)
	}
	switch e.cut.how {
	case whileShown:
		return e.die(ctx)
	case answerLost:
		e.lose = true
		if err := e.call(ctx, step); err == nil {
			return fmt.Errorf("%w: the answer was not lost", errWalk)
		}
		return e.die(ctx)
	}
	return e.heldDuring(ctx, func() { _ = e.call(ctx, step) })
}

// call makes the call of a step. A refusal that says to come again is none.
func (e *errand) call(ctx context.Context, step string) error {
	key := step + strconv.Itoa(len(e.tried)+len(e.typed))
	var a reply
	var err error
	switch step {
	case "":
		return nil
	case toCreate:
		e.tried[key] = true
		a, err = e.ask(ctx, post, "/users/me/connections", fmt.Sprintf(
			`{"connector_uuid":%q,"source":"directaccess","login":%q,"password":"1234","directaccesswebsite":%q}`, testBankUUID, e.login, e.website))
		if err == nil {
			e.connection = number(a.body["id"])
		}
	case toAnswer:
		e.typed[key] = true
		a, err = e.ask(ctx, post, e.at(), `{"code":"123456"}`)
	case toGoOn:
		e.tried[key] = true
		a, err = e.ask(ctx, post, e.at(), `{}`)
	case toRead:
		a, err = e.ask(ctx, put, e.at(), "")
	case toAgree:
		a, err = e.agree(ctx)
	}
	switch {
	case err != nil:
		return err
	case a.later():
		wait, _ := strconv.Atoi(a.header.Get("Retry-After"))
		return after(ctx, time.Duration(max(wait, 1))*time.Second)
	case a.status != http.StatusOK && a.status != http.StatusAccepted:
		return fmt.Errorf("%w: %s: %s", errWalk, step, a)
	}
	e.agreed = e.agreed || step == toAgree
	return nil
}
