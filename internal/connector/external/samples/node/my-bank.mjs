#!/usr/bin/env node
// A first connector: the end user proves who they are on the bank's own page (OAuth 2), and the connector reads over HTTP.
// bank.mjs beside it is the bank. Where it is, the operator says: the setting base_url.
import { createHash } from 'node:crypto'
import { createInterface } from 'node:readline'

// ---- What the host may ask ------------------------------------------------------------------------------------------------

// Refused is an error that the host understands: one of the codes of the schema.
class Refused extends Error {
  constructor (code, more = {}) {
    super(code)
    this.data = { code, ...more }
  }
}

function describe () {
  return {
    name: 'My bank by redirect',
    features: { accounts: true, balances: true, transactions: true, background: true },
    limits: { history_days: 90 },
    settings: [{ name: 'base_url', label: { en: "Address of the bank's API" }, type: 'text', required: true }],
    institutions: [{
      id: 'main', name: 'My bank', countries: ['fr'], color: '226644', sources: [{ name: 'openapi', auth: 'webauth' }]
    }]
  }
}

// State and session are bytes to the host. JSON in base64 is the simplest.
const pack = (value) => Buffer.from(JSON.stringify(value)).toString('base64')

function unpack (raw, kind) {
  const value = JSON.parse(Buffer.from(raw ?? '', 'base64').toString())
  if (value?.kind !== kind) throw new Refused('bug')
  return value
}

// ask calls the bank. What goes wrong there becomes a code that the host knows; what the bank wrote is never repeated.
async function ask (params, path, options = {}) {
  let answer
  try {
    answer = await fetch(params.settings.base_url + path, { redirect: 'error', signal: AbortSignal.timeout(20_000), ...options })
  } catch {
    throw new Refused('bank_unavailable')
  }
  if (answer.status === 429) throw new Refused('rate_limited', { retry_after: 3600 })
  if (answer.status === 401) throw new Refused('consent_revoked')
  if (answer.status >= 500) throw new Refused('bank_unavailable')
  if (!answer.ok) throw new Refused('protocol')
  return answer.json()
}

async function begin (params) {
  if (params.mode === 'background') {
    // Whoever is asked in the background is the bank, not the end user: does it still know us?
    const session = unpack(params.previous, 'session')
    const me = await ask(params, '/me', bearer(session))
    return { done: { session: pack(session), owner: me.customer } }
  }
  const to = new URL(params.settings.base_url + '/authorize')
  to.searchParams.set('redirect_uri', params.callback.url)
  to.searchParams.set('state', params.callback.state) // the host finds the attempt by it
  return { state: pack({ kind: 'state' }), redirect: { url: to.href } }
}

async function advance (params) {
  unpack(params.state, 'state')
  const { kind, callback } = params.event
  if (kind === 'cancel') return {}
  if (kind !== 'callback') throw new Refused('bug')
  const query = (name) => callback?.[name]?.[0]
  if (query('error') === 'access_denied') throw new Refused('cancelled_by_user')
  // Another state is not this attempt's: it may be somebody else's login.
  if (!query('code') || query('state') !== params.callback.state) throw new Refused('protocol')
  const body = new URLSearchParams({ code: query('code') })
  const { token } = await ask(params, '/token', { method: 'POST', body })
  const session = { kind: 'session', token }
  const me = await ask(params, '/me', bearer(session))
  return { done: { session: pack(session), owner: me.customer, consent_until: me.until } }
}

const bearer = (session) => ({ headers: { authorization: 'Bearer ' + session.token } })

async function pull (params, notify) {
  const session = unpack(params.session, 'session')
  for (const a of await ask(params, '/accounts', bearer(session))) {
    // The key must be the same in each pull: a hash of what the bank never changes.
    const key = createHash('sha256').update(a.iban).digest('hex')
    notify('account', { key, name: a.name, type: 'checking', iban: a.iban, balance: a.balance, currency: a.currency })
    if (!params.transactions.includes(key)) continue // the end user has not shared them
    const since = (params.since ?? '1970-01-01').slice(0, 10)
    for (const t of await ask(params, `/transactions?iban=${a.iban}&since=${since}`, bearer(session))) {
      notify('transaction', {
        account: key,
        transaction: { id: t.id, date: t.date, amount: t.amount, currency: t.currency, type: 'transfer', wording: t.text }
      })
    }
  }
  return {}
}

async function revoke (params) {
  const session = unpack(params.session, 'session')
  try {
    await ask(params, '/me', { method: 'DELETE', ...bearer(session) })
  } catch (e) {
    // A bank that does not know the consent any more is what was wanted.
    if (e.data?.code !== 'consent_revoked') throw e
  }
  return {}
}

const methods = { describe, begin, advance, pull, revoke }

// ---- The lines --------------------------------------------------------------------------------------------------------------

const write = (message) => process.stdout.write(JSON.stringify(message) + '\n')
const notify = (method, params) => write({ jsonrpc: '2.0', method, params })

async function answer (request) {
  const head = { jsonrpc: '2.0', id: request.id }
  const method = methods[request.method]
  if (!method) return { ...head, error: { code: -32601, message: 'no such method' } }
  try {
    return { ...head, result: await method(request.params, notify) }
  } catch (e) {
    if (e instanceof Refused) return { ...head, error: { code: -32000, message: 'refused', data: e.data } }
    console.error('unexpected:', e?.name) // our mistake: its kind is enough, its text may hold a secret
    return { ...head, error: { code: -32000, message: 'bug', data: { code: 'bug' } } }
  }
}

let greeted = false
for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line)
  if (!greeted) {
    greeted = true
    write({ protocol: 1, id: 'my-bank', nonce: message.nonce })
  } else {
    write(await answer(message))
  }
}
