// An authorization server that is not ours: oidc-provider, as a bank would set it up for FAPI. Its settings come as one line of JSON on
// standard input; it tells its address in one line of JSON, and ends when standard input does.
//
//	{"provider": path of the module, "key", "cert", "authority": PEM, "clients": [...], "fapi": profile or empty}
import { createServer } from 'node:https'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'

const lines = createInterface({ input: process.stdin })
const settings = JSON.parse(await new Promise((resolve) => lines.once('line', resolve)))
lines.on('close', () => process.exit(0))
const { Provider } = await import(pathToFileURL(settings.provider).href)

// The certificate that the connection showed, if it is one of the test's authority.
const certificate = (ctx) => {
  const shown = ctx.socket.authorized && ctx.socket.getPeerX509Certificate()
  return shown || undefined
}

let provider
const server = createServer(
  { key: settings.key, cert: settings.cert, ca: settings.authority, requestCert: true, rejectUnauthorized: false },
  (req, res) => provider.callback()(req, res),
)
server.listen(0, '127.0.0.1', () => {
  const issuer = `https://127.0.0.1:${server.address().port}`
  provider = new Provider(issuer, {
    clients: settings.clients,
    jwks: { keys: settings.keys },
    cookies: { keys: ['for a test alone'] },
    responseTypes: ['code', 'code id_token'],
    clientAuthMethods: ['private_key_jwt', 'tls_client_auth', 'client_secret_basic', 'client_secret_post', 'none'],
    enabledJWA: {
      idTokenSigningAlgValues: ['PS256', 'ES256'], requestObjectSigningAlgValues: ['PS256', 'ES256'],
      authorizationSigningAlgValues: ['PS256', 'ES256'], clientAuthSigningAlgValues: ['PS256', 'ES256'],
    },
    pkce: { required: () => true },
    scopes: ['openid', 'accounts', 'offline_access'],
    claims: { openid: ['sub', 'openbanking_intent_id'] },
    findAccount: async (_, sub) => ({
      accountId: sub,
      claims: async (use, scope, claims) => ({ sub, openbanking_intent_id: claims?.openbanking_intent_id?.value }),
    }),
    rotateRefreshToken: true,
    issueRefreshToken: async () => true,
    features: {
      devInteractions: { enabled: true },
      clientCredentials: { enabled: true },
      claimsParameter: { enabled: true },
      revocation: { enabled: true },
      requestObjects: { enabled: true },
      pushedAuthorizationRequests: { enabled: true },
      jwtResponseModes: { enabled: true },
      mTLS: {
        enabled: true, certificateBoundAccessTokens: true, tlsClientAuth: true,
        getCertificate: certificate,
        certificateAuthorized: (ctx) => ctx.socket.authorized,
        certificateSubjectMatches: (ctx, property, expected) => property === 'tls_client_auth_subject_dn'
          && certificate(ctx)?.subject.split('\n').reverse().join(',') === expected,
      },
      ...(settings.fapi && { fapi: { enabled: true, profile: settings.fapi } }),
    },
  })
  console.log(JSON.stringify({ issuer }))
})
