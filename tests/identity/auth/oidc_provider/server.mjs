// A real OpenID Connect server on loopback: `node server.mjs PORT CLIENTS`, CLIENTS being a JSON list of client metadata.
// A line on standard input is a command: `rotate` makes it sign with new keys and publish no others.
import { createServer } from 'node:http';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import Provider from 'oidc-provider';

const [port, clients] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
console.info = console.error; // its notices; standard output is for our words
const cookieKey = randomUUID();

// What the server remembers outlives its keys, as a database would.
const remembered = new Map();
class Memory {
  constructor(kind) { this.kind = kind; }
  at(id) { return `${this.kind}:${id}`; }
  async upsert(id, payload) { remembered.set(this.at(id), payload); }
  async find(id) { return remembered.get(this.at(id)); }
  async findByUid(uid) { return [...remembered.values()].find((one) => one.kind === this.kind && one.uid === uid); }
  async findByUserCode() { return undefined; }
  async consume(id) { remembered.get(this.at(id)).consumed = Math.floor(Date.now() / 1000); }
  async destroy(id) { remembered.delete(this.at(id)); }
  async revokeByGrantId(grantId) {
    for (const [key, one] of remembered) if (one.grantId === grantId) remembered.delete(key);
  }
}

function aKey(type, options, alg) {
  const { privateKey } = generateKeyPairSync(type, options);
  return { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', ...(alg && { alg }) };
}

function aServer() {
  const rsa = { modulusLength: 2048 };
  return new Provider(issuer, {
    adapter: Memory,
    clients: JSON.parse(clients),
    jwks: { keys: [aKey('rsa', rsa, 'RS256'), aKey('rsa', rsa, 'PS256'), aKey('ec', { namedCurve: 'P-256' })] },
    cookies: { keys: [cookieKey] },
    pkce: { required: () => true },
    conformIdTokenClaims: false,
    claims: { openid: ['sub', 'staff_number'] },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, staff_number: `number-${id}` }),
    }),
  });
}

let serving = aServer().callback();
createServer((request, answer) => serving(request, answer)).listen(Number(port), '127.0.0.1', () => {
  console.log('ready');
});
createInterface({ input: process.stdin }).on('line', (line) => {
  if (line === 'rotate') serving = aServer().callback();
  console.log(line);
}).on('close', () => process.exit(0));
