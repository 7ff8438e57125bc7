#!/usr/bin/env node
// The bank that my-bank.mjs connects: one customer, two accounts, and a page that says yes at once. Its data live as long as it runs.
//   node bank.mjs [PORT]
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'

const accounts = [
  { iban: 'FR7630006000011234567890189', name: 'Current account', balance: '912.10', currency: 'EUR' },
  { iban: 'FR7630006000011234567890286', name: 'Dollars', balance: '77.00', currency: 'USD' }
]
const codes = new Set()
const tokens = new Set()
const day = 24 * 60 * 60 * 1000

// movements are one every fifth day, with ids that stay the same.
function movements (iban, since) {
  const out = []
  const today = Math.floor(Date.now() / day)
  for (let n = today - (today % 5); n > today - 90; n -= 5) {
    const date = new Date(n * day).toISOString().slice(0, 10)
    if (date >= since) out.push({ id: `${iban}-${n}`, date, amount: '-12.50', currency: accounts.find((a) => a.iban === iban).currency, text: 'Transfer ' + n })
  }
  return out
}

const server = createServer((request, response) => {
  const url = new URL(request.url, 'http://bank')
  const json = (value, status = 200) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
  const token = (request.headers.authorization ?? '').replace('Bearer ', '')
  if (url.pathname === '/authorize') {
    const back = new URL(url.searchParams.get('redirect_uri'))
    back.searchParams.set('state', url.searchParams.get('state'))
    const code = randomBytes(16).toString('hex')
    codes.add(code)
    back.searchParams.set('code', code)
    return response.writeHead(302, { location: back.href }).end()
  }
  if (url.pathname === '/token') {
    let body = ''
    request.on('data', (part) => { body += part })
    return request.on('end', () => {
      const code = new URLSearchParams(body).get('code')
      if (!codes.delete(code)) return json({}, 400)
      const made = randomBytes(16).toString('hex')
      tokens.add(made)
      json({ token: made })
    })
  }
  if (!tokens.has(token)) return json({}, 401)
  if (url.pathname === '/me' && request.method === 'DELETE') {
    tokens.delete(token)
    return json({})
  }
  if (url.pathname === '/me') return json({ customer: 'customer-1', until: new Date(Date.now() + 90 * day).toISOString() })
  if (url.pathname === '/accounts') return json(accounts)
  const iban = url.searchParams.get('iban')
  if (url.pathname === '/transactions' && accounts.some((a) => a.iban === iban)) return json(movements(iban, url.searchParams.get('since') ?? ''))
  json({}, 404)
})
server.listen(Number(process.argv[2] ?? 9090), '127.0.0.1', () => console.log('http://127.0.0.1:' + server.address().port))
