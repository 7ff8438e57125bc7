// Verifies an HTTP signature from the text of draft-cavage-http-signatures-12 alone, with what Node.js has. It shares nothing with the
// signer. Reads a list of {method, url, headers: {name: value}, body (base64)} as JSON from standard input; prints a line for each:
// "good", or what is wrong.
import {createHash, X509Certificate, verify} from 'node:crypto';
import {readFileSync} from 'node:fs';

function fail(why) {
  throw new Error(why);
}

function judge(request) {
  const headers = new Map(Object.entries(request.headers).map(([k, v]) => [k.toLowerCase(), v]));

  // Section 2.1: comma-separated name="value" pairs.
  const params = new Map();
  const text = headers.get('signature') ?? fail('no Signature header');
  for (const m of text.matchAll(/([a-zA-Z]+)="([^"]*)"(,|$)/g)) {
    if (params.has(m[1])) fail(`the parameter ${m[1]} is there twice`);
    params.set(m[1], m[2]);
  }
  for (const name of ['keyId', 'algorithm', 'headers', 'signature']) {
    if (!params.get(name)) fail(`no parameter ${name}`);
  }

  // RFC 3230: the digest is of the body.
  const [name, ...rest] = (headers.get('digest') ?? fail('no Digest header')).split('=');
  const digest = createHash(name.replace('-', '').toLowerCase()).update(Buffer.from(request.body, 'base64')).digest('base64');
  if (digest !== rest.join('=')) fail('the digest is of another body');

  // Section 2.3: the signing string.
  const url = new URL(request.url);
  const lines = params.get('headers').split(' ').map((h) => {
    const lower = h.toLowerCase();
    if (lower === '(request-target)') return `${lower}: ${request.method.toLowerCase()} ${url.pathname}${url.search}`;
    if (!headers.has(lower)) fail(`the signed header ${h} is not there`);
    return `${lower}: ${headers.get(lower).trim()}`;
  });
  if (!lines.some((l) => l.startsWith('digest: '))) fail('the digest is not signed');

  // The certificate comes along; the key's name must be its own.
  const certificate = new X509Certificate(Buffer.from(headers.get('tpp-signature-certificate') ?? fail('no certificate'), 'base64'));
  const serial = /^SN=([0-9A-F]+),CA=(.+)$/.exec(params.get('keyId')) ?? fail('the keyId is not SN=…,CA=…');
  if (BigInt(`0x${serial[1]}`) !== BigInt(`0x${certificate.serialNumber}`)) fail('the keyId names another certificate');
  for (const part of decodeURIComponent(serial[2]).split(/(?<!\\),/)) {
    if (!certificate.issuer.split('\n').includes(part)) fail(`the keyId names another issuer: ${part}`);
  }
  const kinds = {'rsa-sha256': 'rsa', 'ecdsa-sha256': 'ec'};
  if (kinds[params.get('algorithm')] !== certificate.publicKey.asymmetricKeyType) fail('the algorithm is not the key\'s');
  if (!verify('sha256', Buffer.from(lines.join('\n')), certificate.publicKey, Buffer.from(params.get('signature'), 'base64'))) {
    fail('the signature does not fit');
  }
  return 'good';
}

for (const request of JSON.parse(readFileSync(0, 'utf8'))) {
  try {
    console.log(judge(request));
  } catch (e) {
    console.log(e.message);
  }
}
